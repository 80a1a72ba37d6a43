import { z } from "zod";
import { route } from "./route.ts";
import { time } from "./values.ts";

export const setting = z.object({
  name: z.string(),
  description: z.string(),
  /** JSON Schema of what it may be. */
  schema: z.record(z.string(), z.unknown()),
  default: z.unknown(),
  /** Null for a secret, which is never shown. */
  value: z.unknown(),
  isSecret: z.boolean(),
  /** False while the default applies. */
  isSet: z.boolean(),
  changedAt: time.nullable(),
});

const name = z.string().max(100);

export const listSettings = route({
  method: "GET",
  path: "/settings",
  permission: "settings.read",
  summary: "What can be set while everything runs, and what it is set to",
  input: z.object({}),
  reply: z.object({ items: z.array(setting) }),
});

export const changeSetting = route({
  method: "POST",
  path: "/settings/:name",
  permission: "settings.write",
  summary: "Set something; it counts from the next moment on",
  input: z.object({ name, value: z.unknown() }),
  reply: setting,
});

export const resetSetting = route({
  method: "DELETE",
  path: "/settings/:name",
  permission: "settings.write",
  summary: "Go back to the default",
  input: z.object({ name }),
  reply: setting,
});
