import type { Route } from "@berth/api";
import * as api from "@berth/api";

/** Everything that the contract declares, in the order in which it is exported. */
export const declaredRoutes: readonly Route[] = Object.values(api)
  .flatMap((part) => (typeof part === "object" && part !== null && !Array.isArray(part) ? Object.values(part) : []))
  .filter(isRoute);

function isRoute(part: unknown): part is Route {
  return typeof part === "object" && part !== null && "method" in part && "path" in part && "permission" in part;
}

export function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}
