import type { LeaseTab } from "@berth/ui/offering/console-part.ts";
import { wordsOf } from "@berth/ui/words/words.ts";
import { lazy } from "react";
import { derpWords } from "./derp-words.ts";

const say = wordsOf(derpWords);

/** Beside how to connect; each is loaded when somebody opens it. */
export const leaseTabs: readonly LeaseTab[] = [
  {
    key: "usage",
    label: () => say("tabs.usage"),
    help: "/help/traffic",
    isForFormer: true,
    Panel: lazy(() => import("./usage.tsx")),
  },
  {
    key: "versions",
    label: () => say("tabs.versions"),
    help: "/help/renewal",
    isForFormer: true,
    Panel: lazy(() => import("./versions.tsx")),
  },
  {
    key: "log",
    label: () => say("tabs.log"),
    help: "/help/renewal",
    isForFormer: true,
    Panel: lazy(() => import("./log.tsx")),
  },
  {
    key: "source",
    label: () => say("tabs.source"),
    help: "/help/knocking",
    Panel: lazy(() => import("./source.tsx")),
  },
];
