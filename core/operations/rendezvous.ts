import { createHash, createHmac } from "node:crypto";
import { secondMs, sleep } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { askRendezvous, dropRendezvous, findStream, saveRendezvous } from "./stream-store.ts";
import { nodeKeyOf, relayNodesFor } from "./views.ts";

/** Where both ends of a flow dial. */
export interface Rendezvous {
  readonly nodeId: string;
  readonly host: string;
  readonly port: number;
  readonly pin: string;
}

/** How long one relay's agent may take to answer; whoever asked for a ticket waits. */
const answerMs = 2 * secondMs;
const lookMs = 25;
/** As long as the ticket, and for the ends to come. */
const expectSeconds = 90;

/** What both ends show at the relay. It follows from the stream's ticket, which the relay never sees. */
export function rendezvousTicket(ticket: string): string {
  return createHmac("sha256", ticket).update("rendezvous").digest("hex");
}

/** What the node knows of the ticket, to tell its maker from a relay that would take their place. */
export function proofHash(ticket: string): string {
  return sha256(ticket);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

type Found = { readonly rendezvous: Rendezvous & { nodeKey: string; ticket: string } } | { readonly whyNot: string };

/** Has a relay expect the two ends of a stream; or says why there is none. Takes a few seconds at most. */
export async function findRendezvous(
  ctx: Context,
  { id, nodeId, ticket }: { id: string; nodeId: string; ticket: string },
): Promise<Found> {
  if (ctx.dryRun) return { whyNot: "no relay is asked in a rehearsal" };
  const nodeKey = await nodeKeyOf(ctx, nodeId);
  const candidates = await relayNodesFor(ctx, nodeId);
  if (!nodeKey || candidates.length === 0) return { whyNot: "no node with a relay is online" };
  const shown = rendezvousTicket(ticket);
  for (const { nodeId, host } of candidates) {
    const place = await askOne(ctx, { id, nodeId, ticketHash: sha256(shown) });
    if (place) return { rendezvous: { nodeId, host, ...place, nodeKey, ticket: shown } };
  }
  await dropRendezvous(ctx, id);
  return { whyNot: "no relay can join two ends at present" };
}

interface Asked {
  readonly id: string;
  readonly nodeId: string;
  readonly ticketHash: string;
}

async function askOne(
  ctx: Context,
  { id, nodeId, ticketHash }: Asked,
): Promise<{ port: number; pin: string } | undefined> {
  await askRendezvous(ctx, id, nodeId);
  await notify(ctx, "ends_wanted", JSON.stringify({ nodeId, id, ticketHash, seconds: expectSeconds }));
  for (let waitedMs = 0; waitedMs < answerMs; waitedMs += lookMs) {
    const stream = await findStream(ctx, id);
    const port = stream?.rendezvous_port ?? undefined;
    if (port === 0) return undefined;
    if (port && stream?.rendezvous_pin) return { port, pin: stream.rendezvous_pin };
    await sleep(lookMs);
  }
  return undefined;
}

/** Takes where a node's relay expects two ends, if that node was asked. What makes no sense is no answer. */
export async function takeRendezvous(
  ctx: Context,
  nodeId: string,
  { id, port, pin }: { id: string; port: number; pin: string },
): Promise<void> {
  const isPlace = port > 0 && port <= 65_535 && /^[0-9a-f]{64}$/.test(pin);
  await saveRendezvous(ctx, { id, nodeId, port: isPlace ? port : 0, pin });
}
