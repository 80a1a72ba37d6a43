import { Skeleton } from "@berth/ui/feedback/feedback.tsx";
import type { Query } from "@berth/ui/frame/links.tsx";
import { loadWords } from "@berth/ui/words/words.ts";
import {
  type AnyRoute,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import type { FunctionComponent } from "react";
import type { Entry } from "./entry.ts";
import { customerEntries } from "./faces/customer/entries.ts";
import { NoPage, PageBroke } from "./faces/dead-ends.tsx";
import { guarded } from "./faces/guarded.tsx";
import { operatorEntries } from "./faces/operator/entries.ts";
import { publicEntries } from "./faces/public/entries.ts";
import { findSession, homeOf } from "./session.ts";

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** Asks for what this part of the address will need, without waiting for the parts around it. */
    readonly begin?: () => Promise<unknown>;
  }
}

const root = createRootRoute({ notFoundComponent: NoPage, errorComponent: PageBroke });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  staticData: { begin: findSession },
  beforeLoad: async () => {
    const session = await findSession();
    throw redirect({ to: session ? homeOf(session) : "/sign-in" });
  },
});

type Lazy = () => Promise<{ default: FunctionComponent }>;

/** A page whose words and code are there before it is shown. */
function pageRoute<Parent extends AnyRoute>(parent: Parent, entry: Entry) {
  const Page = lazyRouteComponent(entry.page as Lazy);
  const load = async () => {
    await Promise.all([loadWords(entry.words), Page.preload?.()]);
  };
  return createRoute({
    getParentRoute: () => parent,
    path: entry.path,
    staticData: { begin: load },
    loader: load,
    component: entry.permission ? guarded(Page, entry.permission) : Page,
  } as never);
}

/** What stands around the pages of a face; whoever is not signed in goes there first, and comes back. */
function faceRoute(id: string, face: Entry["page"], entries: readonly Entry[]) {
  const Face = lazyRouteComponent(face as Lazy);
  const route = createRoute({
    getParentRoute: () => root,
    id,
    staticData: { begin: () => Promise.all([Face.preload?.(), findSession()]) },
    beforeLoad: async ({ location }) => {
      void Face.preload?.();
      if (await findSession()) return;
      // What stands behind the `#`, as a serial, stays there: a query would be read by logs.
      const { pathname, searchStr, hash } = location;
      throw redirect({ to: "/sign-in", search: { next: pathname + searchStr } as never, hash });
    },
    component: Face,
  });
  return route.addChildren(entries.map((entry) => pageRoute(route, entry)));
}

const tree = root.addChildren([
  home,
  ...publicEntries.map((entry) => pageRoute(root, entry)),
  faceRoute("operator", () => import("./faces/operator/face.tsx"), operatorEntries),
  faceRoute("customer", () => import("./faces/customer/face.tsx"), customerEntries),
]);

/** The query is plain text: what somebody types stands in it as it is. */
const parseSearch = (text: string): Query => Object.fromEntries(new URLSearchParams(text));
const stringifySearch = (query: Query): string => {
  const text = new URLSearchParams(query).toString();
  return text && `?${text}`;
};

export const router = createRouter({
  routeTree: tree,
  parseSearch,
  stringifySearch: stringifySearch as never,
  defaultPreload: "intent",
  defaultPendingMs: 200,
  defaultPendingComponent: () => <Skeleton lines={6} />,
  scrollRestoration: true,
  defaultStructuralSharing: true,
});

/** Asks at once for everything that the first page needs; the router, which asks for it in turn, says what went wrong. */
export function beginPage(): void {
  for (const { staticData } of router.matchRoutes(router.latestLocation)) staticData.begin?.().catch(() => {});
}
