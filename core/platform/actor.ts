import { type Permission, type Role, rolePermissions } from "@berth/api";
import { Refusal } from "@berth/kit";

/** Who does it. Customer queries take the account from here, never from input. */
export type Actor =
  | { readonly kind: "anonymous"; readonly address: string }
  | {
      readonly kind: "account";
      readonly accountId: string;
      readonly role: Role;
      readonly sessionId: string;
      readonly address: string;
    }
  | { readonly kind: "node"; readonly nodeId: string; readonly address: string }
  | { readonly kind: "system"; readonly task: string };

export function may(actor: Actor, permission: Permission): boolean {
  return actor.kind === "system" || (actor.kind === "account" && rolePermissions[actor.role].includes(permission));
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
