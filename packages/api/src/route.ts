import { z } from "zod";
import type { Permission } from "./permissions.ts";

/** What is counted together where requests are limited: what guesses or makes much work has kinds of its own. */
export type LimitKind =
  | "sign-in"
  | "sign-up"
  | "second-factor"
  | "reset"
  | "redeem"
  /** Reads that may have to look at much. */
  | "search"
  /** A whole list as a file. */
  | "export"
  | "public"
  | "ordinary"
  /** Of agents: connections and calls, and the two calls that make certificates. */
  | "link"
  | "enrol"
  | "renew";

/** One endpoint, declared once: control serves it, programs call it, the OpenAPI document is printed from it. */
export interface Route<Input extends z.ZodRawShape = z.ZodRawShape, Reply extends z.ZodType = z.ZodType> {
  readonly method: "GET" | "POST" | "DELETE";
  /** Under `/api/v1`. Names after `:` are taken from the path; the rest of `input` from query (GET) or body. */
  readonly path: string;
  readonly permission: Permission | "public";
  /** Asks for a proof of the account's owner that is at most five minutes old. */
  readonly stepUp?: true;
  /** Serves as well whose role demands a second factor that they lack yet. */
  readonly beforeSecondFactor?: true;
  readonly summary: string;
  readonly input: z.ZodObject<Input>;
  readonly reply: Reply;
  /**
   * `off`: takes no `Idempotency-Key`. Every other POST of somebody signed in does, and is then one transaction: a use case
   * that commits in steps, or shows what nobody may see twice, is `off`.
   */
  readonly idempotency?: "off";
  /** `off`: can't be rehearsed, as what no transaction takes back, and as proofs: a right one would leave no trace. */
  readonly dryRun?: "off";
  /** For a list: the name of the file that holds all of it as CSV. */
  readonly csv?: string;
  /** `public` for public routes and `ordinary` for others, unless given. */
  readonly limit?: LimitKind;
}

export function limitOf({ limit, permission }: Pick<Route, "limit" | "permission">): LimitKind {
  return limit ?? (permission === "public" ? "public" : "ordinary");
}

/** Whether a repeated request with the same `Idempotency-Key` is answered without being done again. */
export function takesKey({ method, permission, idempotency }: Route): boolean {
  return method === "POST" && permission !== "public" && idempotency !== "off";
}

/**
 * Whether it can be rehearsed. By who is signed in only: events say what the answer keeps to itself, as whether an address has
 * an account.
 */
export function takesDryRun({ method, permission, dryRun }: Route): boolean {
  return method !== "GET" && permission !== "public" && dryRun !== "off";
}

/** What `?dryRun=true` answers: the reply and the events that there would have been. */
export interface DryRun<Reply> {
  readonly dryRun: true;
  readonly reply: Reply;
  readonly events: readonly {
    readonly name: string;
    readonly accountId: string | null;
    readonly leaseId: string | null;
    readonly nodeId: string | null;
    readonly data: Readonly<Record<string, unknown>>;
  }[];
}

export type InputOf<R> = R extends Route<infer Shape> ? z.output<z.ZodObject<Shape>> : never;
export type CallOf<R> = R extends Route<infer Shape> ? z.input<z.ZodObject<Shape>> : never;
export type ReplyOf<R> = R extends Route<z.ZodRawShape, infer Reply> ? z.output<Reply> : never;

export function route<const Shape extends z.ZodRawShape, Reply extends z.ZodType>(
  declared: Route<Shape, Reply>,
): Route<Shape, Reply> {
  return declared;
}

/** The names in a path: `/leases/:leaseId` has `leaseId`. */
export function pathNames(path: string): string[] {
  return [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name as string);
}

/** A list's page: newest first; `after` is the `next` of the page before. */
export const pageInput = {
  after: z.string().max(200).optional().describe("the `next` of the page before"),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
