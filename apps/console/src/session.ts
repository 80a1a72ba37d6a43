import { ApiError, accounts, rolePermissions } from "@berth/api";
import { call } from "@berth/ui/api/client.ts";
import { queries } from "@berth/ui/api/query.ts";
import type { Session } from "@berth/ui/permission/session.ts";
import { queryOptions } from "@tanstack/react-query";

export const sessionQuery = queryOptions({
  queryKey: ["me", "session"],
  queryFn: async (): Promise<Session> => {
    const [account, { items }] = await Promise.all([call(accounts.getMe, {}), call(accounts.getPermissions, {})]);
    return { account, permissions: new Set(items) };
  },
  staleTime: 30_000,
});

/** Who is signed in; nothing when nobody is. */
export async function findSession(): Promise<Session | undefined> {
  try {
    return await queries.ensureQueryData(sessionQuery);
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 401) return undefined;
    throw error;
  }
}

export type Face = "operator" | "customer";

/** An operator is who may do more than a customer: by the role, or by one that somebody made. */
export function facesOf({ permissions }: Session): readonly Face[] {
  const own = new Set<string>(rolePermissions.customer);
  const isOperator = [...permissions].some((permission) => !own.has(permission));
  return isOperator ? ["operator", "customer"] : ["customer"];
}

export function homeOf(session: Session): string {
  return facesOf(session)[0] === "operator" ? "/operator" : "/leases";
}

/** Leaves nothing of the one who was here. */
export async function endSession(): Promise<void> {
  await call(accounts.signOut, {});
  queries.clear();
  sessionStorage.clear();
  location.assign("/sign-in");
}
