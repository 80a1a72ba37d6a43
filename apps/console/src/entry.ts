import type { Permission } from "@berth/api";
import type { IconName } from "@berth/ui/frame/icon.tsx";
import type { KeyOf, loadWords } from "@berth/ui/words/words.ts";
import type { ComponentType } from "react";
import type nav from "./i18n/zh-CN/nav.ts";

export type NavWord = KeyOf<typeof nav>;

/** One page: where it is, who may see it, what is loaded with it. */
export interface Entry {
  /** `$name` is a name in the address, `{-$tab}` one that may be absent. */
  readonly path: string;
  /** Without it everybody who has the face. */
  readonly permission?: Permission;
  readonly words: Parameters<typeof loadWords>[0];
  readonly page: () => Promise<{ readonly default: ComponentType }>;
  /** Where it stands in the navigation; a detail does not. */
  readonly nav?: {
    readonly label: NavWord;
    readonly icon: IconName;
    /** The group's name. */
    readonly group?: NavWord;
    /** Among the four of a phone. */
    readonly isBottom?: boolean;
  };
}
