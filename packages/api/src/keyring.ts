import { z } from "zod";
import { route } from "./route.ts";
import { time } from "./values.ts";

const keyId = z.string().regex(/^[0-9a-f]{16}$/);

/** A key that seals; never the key itself. */
const dataKey = z.object({
  id: keyId,
  /** `table|column`, or `*` for all fields without a key of their own. */
  field: z.string(),
  use: z.enum(["seal", "hash", "legacy"]),
  /** `next`: seals soon. `opening`: what it sealed is being sealed anew. `retired`: only backups need it. */
  state: z.enum(["next", "sealing", "opening", "retired"]),
  createdAt: time,
});

export const keyring = z.object({
  keys: z.array(dataKey),
  /** How many values of a field are under its present key, of how many. */
  fields: z.array(z.object({ field: z.string(), present: z.number().int(), all: z.number().int() })),
  /** Fingerprints of the master keys that open it: two while the master key is being replaced. */
  masters: z.array(z.string()),
});

export const showKeyring = route({
  method: "GET",
  path: "/keyring",
  permission: "keyring.write",
  summary: "The keys that seal secrets, and how far their replacement is",
  input: z.object({}),
  reply: keyring,
});

export const rotateKeys = route({
  method: "POST",
  path: "/keyring/rotate",
  permission: "keyring.write",
  stepUp: true,
  summary: "Replace the keys of all fields; values are sealed anew in the background",
  input: z.object({}),
  reply: keyring,
});

export const dropKey = route({
  method: "DELETE",
  path: "/keyring/:keyId",
  permission: "keyring.write",
  stepUp: true,
  summary: "Destroy a retired key for good: what it sealed in backups can't be opened by anybody, ever",
  input: z.object({ keyId }),
  reply: keyring,
});

export const rotateMasterKey = route({
  method: "POST",
  path: "/keyring/master/rotate",
  permission: "keyring.write",
  stepUp: true,
  // It commits in steps, with changes of a file in between that no transaction takes back.
  dryRun: "off",
  idempotency: "off",
  summary: "Replace the master key; both open until the change is finished. Print a new recovery sheet afterwards",
  input: z.object({}),
  reply: keyring,
});

export const forgetMasterKey = route({
  method: "POST",
  path: "/keyring/master/finish",
  permission: "keyring.write",
  stepUp: true,
  // It commits in steps, with changes of a file in between that no transaction takes back.
  dryRun: "off",
  idempotency: "off",
  summary: "Let only the new master key open: a replica that lacks it can't start, and older backups need the old one",
  input: z.object({}),
  reply: keyring,
});
