import type { Duplex } from "node:stream";
import { newSecret, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { type Actor, may } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import type { Replica } from "../platform/replica.ts";
import { closeStream } from "./close.ts";
import { type Ending, type Moved, openMeeting, requireRoom } from "./meeting.ts";
import { proofHash, rendezvousTicket } from "./rendezvous.ts";
import { claimStream, countOpenStreams, type StreamRow } from "./stream-store.ts";
import { flowPermissions, hashTicket } from "./ticket.ts";
import { hostOf } from "./views.ts";

export interface Visitor {
  /** In object mode: bytes are what is said, a text is the window's size. */
  readonly end: Duplex;
  readonly ticket: string;
  /** Who it is, asked anew each time; throws when the session has ended. */
  readonly ask: () => Promise<Actor>;
  /** Where agents reach this replica. */
  readonly linkUrl: string;
  readonly replica: Replica;
}

const mostPerAccount = 8;

const refused: Ending = { why: "refused", detail: "this ticket is not good" };

/** Joins somebody with the node that their ticket names, until either end leaves. Resolves with why it is over. */
export async function visitNode(ctx: Context, visitor: Visitor): Promise<Ending> {
  const { end, ticket, ask, replica, linkUrl } = visitor;
  const actor = await ask().catch(() => undefined);
  if (actor?.kind !== "account") return refused;
  requireRoom(ctx);
  await replica.enter();
  const by = { ...ctx, actor };
  const { accountId, sessionId } = actor;
  const stream = await useTicket(by, { ticket, accountId, sessionId, replicaId: replica.id });
  if (!stream) return refused;
  const { id, kind, node_id: nodeId } = stream;
  const close = (why: Ending["why"], moved: Moved) => replica.surely(() => closeStream(by, id, { why, moved }));
  if (!may(actor, flowPermissions[kind])) {
    close("refused", { toNode: 0, fromNode: 0 });
    return refused;
  }
  const secret = newSecret();
  const meeting = openMeeting(ctx, { id, nodeId, secret, person: end });
  meeting.watch(async () => {
    if (!may(await ask(), flowPermissions[kind])) throw new Refusal("forbidden", "streams.revoked", "not any more");
  });
  // Whatever breaks here: the ticket is used, and what was begun has an end that is written.
  await callNode(ctx, stream, { ticket, secret, linkUrl }).catch((error) => {
    ctx.log.warn({ streamId: id, error: (error as Error).message }, "node not called");
    meeting.end("unavailable", "the node could not be called");
  });
  const ending = await meeting.ending;
  close(ending.why, meeting.moved);
  return ending;
}

interface Call {
  readonly ticket: string;
  readonly secret: string;
  readonly linkUrl: string;
}

/** Has the node come here, and to the relay if what is said goes by one. */
async function callNode(ctx: Context, stream: StreamRow, { ticket, secret, linkUrl }: Call): Promise<void> {
  const { id, kind, node_id: nodeId, input } = stream;
  const rendezvous = stream.via === "relay" ? await placeOf(ctx, stream, ticket) : undefined;
  const wanted = { nodeId, id, secret, kind, input: JSON.stringify(input), url: linkUrl, rendezvous };
  await notify(ctx, "stream_wanted", JSON.stringify(wanted));
}

async function placeOf(ctx: Context, stream: StreamRow, ticket: string) {
  const host = await hostOf(ctx, stream.rendezvous_node_id ?? "");
  const place = { host: host ?? "", port: stream.rendezvous_port ?? 0, pin: stream.rendezvous_pin ?? "" };
  return { ...place, ticket: rendezvousTicket(ticket), proofHash: proofHash(ticket) };
}

/** Nobody gets in without a word of it in the audit. */
async function useTicket(
  ctx: Context,
  { ticket, ...by }: { ticket: string; accountId: string; sessionId: string; replicaId: string },
): Promise<StreamRow | undefined> {
  return transaction(ctx, async (ctx) => {
    const before = await countOpenStreams(ctx, by.accountId);
    const stream = await claimStream(ctx, { ticketHash: hashTicket(ctx, ticket), ...by });
    if (!stream) return undefined;
    if (before >= mostPerAccount) {
      throw new Refusal("exhausted", "streams.too_many", `at most ${mostPerAccount} flows at a time`);
    }
    const { id, kind, node_id: nodeId, via } = stream;
    await record(ctx, { name: "streams.joined", nodeId, data: { streamId: id, kind, via } });
    return stream;
  });
}
