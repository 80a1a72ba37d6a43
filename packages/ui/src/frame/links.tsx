import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface AppLinkProps {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly label?: string;
  readonly onClick?: () => void;
}

/** A link within the application; `to` may carry a query. */
export function AppLink({ to, children, className, label, onClick }: AppLinkProps): ReactNode {
  const { path, query } = splitAddress(to);
  return (
    <Link to={path} search={query as never} className={className} aria-label={label} onClick={onClick} preload="intent">
      {children}
    </Link>
  );
}

export type Query = Readonly<Record<string, string>>;

export function splitAddress(to: string): { path: string; query: Query } {
  const [path = "/", text = ""] = to.split("?");
  return { path, query: Object.fromEntries(new URLSearchParams(text)) };
}

export function useGo(): (to: string, options?: { replace?: boolean }) => void {
  const navigate = useNavigate();
  return (to, { replace = false } = {}) => {
    const { path, query } = splitAddress(to);
    void navigate({ to: path, search: query as never, replace });
  };
}

/** Where the reader is: `/operator/nodes`. */
export function usePath(): string {
  return useRouterState({ select: ({ location }) => location.pathname });
}

const noQuery: Query = {};

/** The state of a page is its address: what stands in the query, and how to change some of it. */
export function useQuery(): [Query, (patch: Readonly<Record<string, string | undefined>>) => void] {
  const query = useRouterState({
    select: ({ location }) => (location.search ?? noQuery) as Query,
    structuralSharing: true,
  });
  const navigate = useNavigate();
  const change = (patch: Readonly<Record<string, string | undefined>>) => {
    const search = (before: Query) => {
      const entries = Object.entries({ ...before, ...patch }).filter(
        ([, value]) => value !== undefined && value !== "",
      );
      return Object.fromEntries(entries);
    };
    void navigate({ to: ".", search: search as never, replace: true, resetScroll: false });
  };
  return [query, change];
}

/** A name in the address: `/nodes/:nodeId`. */
export function useParam(name: string): string {
  return useRouterState({
    select: ({ matches }) => String((matches.at(-1)?.params as Record<string, unknown> | undefined)?.[name] ?? ""),
  });
}
