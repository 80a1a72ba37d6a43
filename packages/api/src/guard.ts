import { z } from "zod";
import { route } from "./route.ts";
import { idOf, label, time } from "./values.ts";

export const listedId = idOf("listed");
export const banId = idOf("ban");

export const listed = z.object({
  id: listedId,
  kind: z.enum(["allow", "deny"]),
  network: z.string(),
  note: z.string(),
  madeBy: z.string(),
  createdAt: time,
  expiresAt: time.nullable(),
});

export const ban = z.object({
  id: banId,
  place: z.string().describe("an address of IPv4, or a /64 of IPv6"),
  strikes: z.number().int().describe("how many times in a row it was banned"),
  reasons: z.array(z.string()),
  createdAt: time,
  until: time,
  liftedAt: time.nullable(),
});

export const listAddresses = route({
  method: "GET",
  path: "/guard/addresses",
  permission: "guard.read",
  summary: "Networks that are always served or never",
  input: z.object({}),
  reply: z.object({ items: z.array(listed) }),
});

export const addAddress = route({
  method: "POST",
  path: "/guard/addresses",
  permission: "guard.write",
  stepUp: true,
  summary: "Always serve a network, without limits and bans, or never; where both are said, it is served",
  input: z.object({
    kind: z.enum(["allow", "deny"]),
    network: z.string().max(100).describe("an address, or a network such as 192.0.2.0/24"),
    note: label,
    expiresAt: time.optional(),
  }),
  reply: listed,
});

export const removeAddress = route({
  method: "DELETE",
  path: "/guard/addresses/:listedId",
  permission: "guard.write",
  stepUp: true,
  summary: "Take a network off its list",
  input: z.object({ listedId }),
  reply: z.object({ removed: z.literal(true) }),
});

export const listBans = route({
  method: "GET",
  path: "/guard/bans",
  permission: "guard.read",
  summary: "Who is banned for now, and who was in the last week, newest first",
  input: z.object({}),
  reply: z.object({ items: z.array(ban) }),
});

export const liftBan = route({
  method: "DELETE",
  path: "/guard/bans/:banId",
  permission: "guard.lift",
  summary: "End a ban now",
  input: z.object({ banId }),
  reply: ban,
});
