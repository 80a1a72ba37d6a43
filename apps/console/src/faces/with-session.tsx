import { SessionContext } from "@berth/ui/permission/session.ts";
import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { sessionQuery } from "../session.ts";

/** Shows what is for who is signed in, to them. */
export function WithSession({ children }: { readonly children: ReactNode }): ReactNode {
  const { data, isPending } = useQuery(sessionQuery);
  if (isPending) return null;
  if (!data) return <Navigate to="/sign-in" />;
  return <SessionContext value={data}>{children}</SessionContext>;
}
