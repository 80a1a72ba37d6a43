import { accounts, type CallOf, fleet, leases, type Permission, type Route } from "@berth/api";
import { call } from "@berth/ui/api/client.ts";
import type { IconName } from "@berth/ui/frame/icon.tsx";
import type { Found } from "@berth/ui/palette/palette.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { useCallback } from "react";
import type { NavWord } from "../../entry.ts";
import { navWords } from "../../i18n/areas.ts";

interface Source {
  readonly permission: Permission;
  readonly route: Route;
  readonly of: NavWord;
  readonly icon: IconName;
  readonly label: (item: Record<string, unknown>) => string;
  readonly to: (item: Record<string, unknown>) => string;
}

const sources: readonly Source[] = [
  {
    permission: "nodes.read",
    route: fleet.listNodes,
    of: "nodes",
    icon: "nodes",
    label: ({ name, region }) => `${name} · ${region}`,
    to: ({ id }) => `/operator/nodes/${id}`,
  },
  {
    permission: "accounts.read",
    route: accounts.listAccounts,
    of: "accounts",
    icon: "customers",
    label: ({ username, email }) => `${username} · ${email}`,
    to: ({ id }) => `/operator/accounts/${id}`,
  },
  {
    permission: "leases.any",
    route: leases.listLeases,
    of: "leases",
    icon: "leases",
    label: ({ planName, id }) => `${planName} · …${String(id).slice(-6)}`,
    to: ({ id }) => `/operator/leases/${id}`,
  },
];

const most = 5;

/** Finds nodes, accounts and leases by what control searches for. A source that refuses leaves the others alone. */
export function useFind(): (text: string) => Promise<readonly Found[]> {
  const say = useWords(navWords);
  const { permissions } = useSession();
  return useCallback(
    async (text) => {
      const asked = sources
        .filter(({ permission }) => permissions.has(permission))
        .map(async ({ route, of, icon, label, to }): Promise<Found[]> => {
          const reply = await call(route, { q: text, limit: most } as CallOf<Route>);
          const { items } = reply as { items: Record<string, unknown>[] };
          return items.map((item) => ({ key: to(item), label: label(item), of: say(of), icon, to: to(item) }));
        });
      const answers = await Promise.allSettled(asked);
      return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    },
    [permissions, say],
  );
}
