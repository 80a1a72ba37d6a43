import type { Entry } from "../../entry.ts";
import { accountWords } from "../../i18n/areas.ts";

/** What nobody has to be signed in for. */
export const publicEntries: readonly Entry[] = [
  { path: "/sign-in", words: [accountWords], page: () => import("./sign-in.tsx") },
  { path: "/sign-up", words: [accountWords], page: () => import("./sign-up.tsx") },
  { path: "/reset", words: [accountWords], page: () => import("./reset.tsx") },
  { path: "/first", words: [accountWords], page: () => import("./first.tsx") },
];
