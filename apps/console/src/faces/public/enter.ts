import { queries } from "@berth/ui/api/query.ts";
import { splitAddress } from "@berth/ui/frame/links.tsx";
import { useNavigate, useRouterState } from "@tanstack/react-router";

/** Into the application, once somebody is signed in: to where they wanted, or home. Only to an address of our own. */
export function useEnter(): () => void {
  const navigate = useNavigate();
  const next = useRouterState({ select: ({ location }) => (location.search as Record<string, string>).next });
  return () => {
    queries.clear();
    const { path, query } = splitAddress(next?.startsWith("/") && !next.startsWith("//") ? next : "/");
    void navigate({ to: path, search: query as never, hash: true, replace: true });
  };
}
