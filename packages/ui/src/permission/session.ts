import type { accounts, Permission, ReplyOf } from "@berth/api";
import { createContext, useContext } from "react";

export type Account = ReplyOf<typeof accounts.getMe>;

/** Who is signed in, and what they may do. */
export interface Session {
  readonly account: Account;
  readonly permissions: ReadonlySet<Permission>;
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("shown to somebody who is not signed in");
  return session;
}

/** What a role lacks is absent; what only the moment forbids is there, disabled, and says why. */
export function useMay(permission: Permission): boolean {
  return useContext(SessionContext)?.permissions.has(permission) ?? false;
}
