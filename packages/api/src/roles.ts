import { z } from "zod";
import { permissions, roles } from "./permissions.ts";
import { route } from "./route.ts";
import { idOf, label } from "./values.ts";

export const roleId = idOf("role");

export const role = z.object({
  id: z.string().describe("of a fixed role its name"),
  name: z.string(),
  fixed: z.boolean(),
  base: z.enum(roles).describe("what it counts as where not a permission but a kind of person matters"),
  permissions: z.array(z.enum(permissions)),
  accounts: z.number().int(),
});

const fields = {
  name: label,
  permissions: z.array(z.enum(permissions)).max(permissions.length),
};

export const listRoles = route({
  method: "GET",
  path: "/roles",
  permission: "roles.read",
  summary: "The fixed roles, then those that were made, by name",
  input: z.object({}),
  reply: z.object({ items: z.array(role) }),
});

export const createRole = route({
  method: "POST",
  path: "/roles",
  permission: "roles.write",
  stepUp: true,
  summary: "Make a role; it holds nothing that its maker lacks",
  input: z.object({ base: z.enum(["admin", "distributor", "customer"]), ...fields }),
  reply: role,
});

export const changeRole = route({
  method: "POST",
  path: "/roles/:roleId",
  permission: "roles.write",
  stepUp: true,
  summary: "Change a role, from the next call of everybody who has it",
  input: z.object({ roleId, ...fields }),
  reply: role,
});

export const deleteRole = route({
  method: "DELETE",
  path: "/roles/:roleId",
  permission: "roles.write",
  stepUp: true,
  summary: "Delete a role that nobody has",
  input: z.object({ roleId }),
  reply: z.object({ deleted: z.literal(true) }),
});
