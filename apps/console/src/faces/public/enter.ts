import { queries } from "@berth/ui/api/query.ts";
import { useGo } from "@berth/ui/frame/links.tsx";
import { useRouterState } from "@tanstack/react-router";

/** Into the application, once somebody is signed in: to where they wanted, or home. Only to an address of our own. */
export function useEnter(): () => void {
  const go = useGo();
  const next = useRouterState({ select: ({ location }) => (location.search as Record<string, string>).next });
  return () => {
    queries.clear();
    go(next?.startsWith("/") && !next.startsWith("//") ? next : "/", { replace: true });
  };
}
