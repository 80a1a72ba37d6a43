import { type OutgoingPolicy, type OutgoingReply, sendOut } from "@berth/core/platform/outgoing";
import { formatNodeKey, parseNodeKey } from "@berth/derp";
import { Refusal, secondMs } from "@berth/kit";
import { z } from "zod";

/** What is kept sealed: where a customer's devices are known, and what opens it. */
export const keySecret = z.union([
  z.object({ kind: z.literal("tailscale"), key: z.string() }),
  z.object({ kind: z.literal("headscale"), url: z.string(), key: z.string() }),
]);
export type KeySecret = z.infer<typeof keySecret>;

export interface SourceDevice {
  readonly key: string;
  readonly name: string;
}

/** Where Tailscale is, and who may be reached; tests have doubles on this machine. */
export interface Outside {
  readonly tailscaleUrl: string;
  readonly policy?: OutgoingPolicy;
}

export const theInternet: Outside = { tailscaleUrl: "https://api.tailscale.com" };

/** Thousands of devices, with all that is told of each. */
const mostBytes = 8 * 1024 * 1024;

/** `GET /api/v2/tailnet/-/devices`, see https://tailscale.com/api; a key's tailnet is `-`. */
const tailscaleReply = z.object({
  devices: z.array(
    z.object({
      nodeKey: z.string().optional(),
      hostname: z.string().optional(),
      name: z.string().optional(),
      authorized: z.boolean().optional(),
      isExternal: z.boolean().optional(),
    }),
  ),
});

/** `GET /api/v1/node`: headscale.v1.ListNodesResponse as its gateway writes it. */
const headscaleReply = z.object({
  nodes: z.array(
    z.object({ nodeKey: z.string().optional(), givenName: z.string().optional(), name: z.string().optional() }),
  ),
});

/** The devices of a customer's network, each once. Refuses when they can't be had, in words for the customer. */
export async function readKeys(secret: KeySecret, outside: Outside = theInternet): Promise<SourceDevice[]> {
  const url =
    secret.kind === "tailscale"
      ? `${outside.tailscaleUrl}/api/v2/tailnet/-/devices?fields=all`
      : `${secret.url.replace(/\/+$/, "")}/api/v1/node`;
  const headers = { authorization: `Bearer ${secret.key}`, accept: "application/json" };
  const reply = await sendOut({ url, headers, mostBytes, timeoutMs: 15 * secondMs }, outside.policy);
  requireGood(reply);
  const found = secret.kind === "tailscale" ? ofTailscale(reply) : ofHeadscale(reply);
  const devices = new Map(found.flatMap(({ key, name }) => toDevice(key, name)).map((one) => [one.key, one]));
  // A network without any device has nobody to serve; more likely the key may not see them, and nobody is to be put out.
  if (devices.size === 0) throw unreadable("there is no device in what it answered");
  return [...devices.values()];
}

function requireGood({ status }: OutgoingReply): void {
  if (status === 200) return;
  if (status === 401 || status === 403) {
    throw new Refusal(
      "invalid",
      "derp.key_refused",
      "it does not accept the key: it may have run out or see no devices",
    );
  }
  throw new Refusal("unavailable", "derp.key_source_failed", `it answered with status ${status}`);
}

function ofTailscale(reply: OutgoingReply) {
  const { devices } = parse(tailscaleReply, reply);
  // Devices of others that were shared in know no relay of this network; those that wait for approval are none yet.
  const own = devices.filter(({ authorized, isExternal }) => authorized !== false && isExternal !== true);
  return own.map(({ nodeKey, hostname, name }) => ({ key: nodeKey, name: hostname || name }));
}

function ofHeadscale(reply: OutgoingReply) {
  return parse(headscaleReply, reply).nodes.map(({ nodeKey, givenName, name }) => {
    return { key: nodeKey, name: givenName || name };
  });
}

function parse<T>(schema: z.ZodType<T>, { body }: OutgoingReply): T {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    throw unreadable("what it answered is no JSON");
  }
  const read = schema.safeParse(json);
  if (!read.success) throw unreadable("what it answered is no list of devices");
  return read.data;
}

function toDevice(text: string | undefined, name: string | undefined): SourceDevice[] {
  const key = parseNodeKey(text ?? "");
  if (!key) return [];
  const label = (name ?? "")
    .replace(/\p{Cc}/gu, "")
    .trim()
    .slice(0, 100);
  return [{ key: formatNodeKey(key), name: label || "device" }];
}

function unreadable(why: string): Refusal {
  return new Refusal("unavailable", "derp.key_source_unreadable", why);
}
