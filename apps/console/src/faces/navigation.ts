import type { NavGroup, NavItem } from "@berth/ui/frame/app-frame.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { Entry, NavWord } from "../entry.ts";
import { navWords } from "../i18n/areas.ts";

interface Navigation {
  readonly groups: readonly NavGroup[];
  readonly bottom: readonly NavItem[];
}

/** What of a face somebody may open. */
export function useNavigation(entries: readonly Entry[]): Navigation {
  const say = useWords(navWords);
  const { permissions } = useSession();
  const shown = entries.filter(({ nav, permission }) => nav && (!permission || permissions.has(permission)));
  const toItem = ({ path, nav }: Entry): NavItem => ({
    to: path.replace(/\/\{.*$/, ""), // without the names that may be absent
    label: say(nav?.label as NavWord),
    icon: nav?.icon ?? "help",
  });
  const names = [...new Set(shown.map(({ nav }) => nav?.group))];
  return {
    groups: names.map((name) => ({
      ...(name ? { label: say(name) } : {}),
      items: shown.filter(({ nav }) => nav?.group === name).map(toItem),
    })),
    bottom: shown.filter(({ nav }) => nav?.isBottom).map(toItem),
  };
}
