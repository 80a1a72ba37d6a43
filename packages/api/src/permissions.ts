/**
 * The closed set of things a route can ask for. `self` is one's own account: programs read it, and only who is signed in
 * changes it.
 */
export const permissions = [
  "self",
  "accounts.read",
  "accounts.write",
  "accounts.roles",
  "accounts.personal",
  "roles.read",
  "roles.write",
  "plans.read",
  "plans.write",
  "serials.read",
  "serials.write",
  "redemptions.make",
  "orders.read",
  "nodes.read",
  "nodes.write",
  "nodes.shell",
  "authorities.write",
  "leases.read",
  "leases.write",
  "leases.any",
  "usage.read",
  "events.read",
  "events.personal",
  "notices.read",
  "notices.write",
  "notices.codes",
  "settings.read",
  "settings.write",
  "keyring.write",
  "certificates.read",
  "certificates.write",
  "guard.read",
  "guard.lift",
  "guard.write",
] as const;

export type Permission = (typeof permissions)[number];

export const roles = ["super_admin", "admin", "distributor", "customer"] as const;

export type Role = (typeof roles)[number];

const own: Permission[] = [
  "self",
  "plans.read",
  "redemptions.make",
  "orders.read",
  "leases.read",
  "leases.write",
  "usage.read",
];

/** What each role may do. `leases.any` widens reading and writing from one's own leases to everybody's. */
export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  super_admin: permissions,
  admin: [
    ...own,
    "accounts.read",
    "accounts.write",
    "accounts.personal",
    "roles.read",
    "serials.read",
    "serials.write",
    "nodes.read",
    "nodes.write",
    "leases.any",
    "events.read",
    "notices.read",
    "notices.write",
    "settings.read",
    "certificates.read",
    "guard.read",
    "guard.lift",
  ],
  distributor: own,
  customer: own,
};
