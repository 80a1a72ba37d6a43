import { type Permission, permissions, type Role, rolePermissions } from "@berth/api";

/** What a fixed role may do, or what somebody put into a role they made. */
export interface Held {
  readonly role: Role;
  /** The permissions of the role that somebody made; null for the fixed ones. */
  readonly custom_permissions: readonly string[] | null;
}

const fixed = new Map(Object.entries(rolePermissions).map(([role, held]) => [role, new Set(held)]));
const all: ReadonlySet<string> = new Set(permissions);
const none: ReadonlySet<Permission> = new Set();

/** All that an account's role lets it do. A permission that Berth no longer knows is none. */
export function permissionsOf({ role, custom_permissions }: Held): ReadonlySet<Permission> {
  if (custom_permissions) return new Set(custom_permissions.filter(isPermission));
  return fixed.get(role) ?? none;
}

export function isPermission(text: string): text is Permission {
  return all.has(text);
}

/** True when the one may do all that the other may. */
export function covers(one: ReadonlySet<Permission>, other: Iterable<Permission>): boolean {
  return [...other].every((permission) => one.has(permission));
}
