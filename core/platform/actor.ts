import type { Permission, Role } from "@berth/api";
import { Refusal } from "@berth/kit";

/** Who does it. Customer queries take the account from here, never from input. */
export type Actor =
  | { readonly kind: "anonymous"; readonly address: string }
  | {
      readonly kind: "account";
      readonly accountId: string;
      readonly role: Role;
      /** All that this caller may do now: of its role, and for an API key no more than the key's scopes. */
      readonly permissions: ReadonlySet<Permission>;
      /** A session, a token that a session minted, or an API key. */
      readonly via: "session" | "token" | "key";
      /** The session behind it; for an API key the key, which is no session of anybody. */
      readonly sessionId: string;
      readonly address: string;
    }
  | { readonly kind: "node"; readonly nodeId: string; readonly address: string }
  | { readonly kind: "system"; readonly task: string };

export function may(actor: Actor, permission: Permission): boolean {
  return actor.kind === "system" || (actor.kind === "account" && actor.permissions.has(permission));
}

/** What programs do on somebody's behalf ends where the account guards itself: nothing of one's own is changed that way. */
export function requireSession(actor: Actor): void {
  if (actor.kind !== "account" || actor.via === "session") return;
  const what = actor.via === "key" ? "an API key" : "a token";
  throw new Refusal("forbidden", "access.needs_session", `this needs somebody who is signed in; ${what} can't do it`);
}

/** The signed-in account, or a refusal: for use cases that act for oneself. */
export function accountOf(actor: Actor): string {
  if (actor.kind !== "account") throw new Refusal("unauthenticated", "accounts.sign_in", "sign in first");
  return actor.accountId;
}

/** The account that a query is limited to: none for staff with `permission`, otherwise the actor's own. */
export function scopeOf(actor: Actor, permission: Permission): string | undefined {
  return may(actor, permission) ? undefined : accountOf(actor);
}

/** How an event names its actor: stable text, without personal data. */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case "account":
      return actor.accountId;
    case "node":
      return actor.nodeId;
    case "system":
      return `system:${actor.task}`;
    case "anonymous":
      return "anonymous";
  }
}
