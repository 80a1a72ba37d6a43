import { once } from "node:events";
import type { Duplex } from "node:stream";
import { newSecret, Refusal } from "@berth/kit";
import { type StreamMessage, type StreamMessageInit, untilAborted } from "@berth/link";
import { record } from "../audit/index.ts";
import { requireWelcome } from "../fleet/index.ts";
import { type Actor, may } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { notify } from "../platform/notify.ts";
import { type Ending, type Meeting, openMeeting, takeMeeting } from "./meeting.ts";
import { claimStream, type StreamRow } from "./stream-store.ts";
import { flowPermissions, hashTicket } from "./ticket.ts";

export interface Visitor {
  readonly end: Duplex;
  readonly ticket: string;
  /** Who it is, asked anew each time; throws when the session has ended. */
  readonly ask: () => Promise<Actor>;
  /** Where agents reach this replica. */
  readonly linkUrl: string;
}

const refused: Ending = { why: "refused", detail: "this ticket is not good" };

/** Joins somebody with the node that their ticket names, until either end leaves. Resolves with why it is over. */
export async function visitNode(ctx: Context, { end, ticket, ask, linkUrl }: Visitor): Promise<Ending> {
  const actor = await ask().catch(() => undefined);
  if (actor?.kind !== "account") return refused;
  const stream = await useTicket({ ...ctx, actor }, ticket, actor.accountId);
  if (!stream || !may(actor, flowPermissions[stream.kind])) return refused;
  const secret = newSecret();
  const { id, kind, node_id: nodeId, account_id: accountId } = stream;
  const meeting = openMeeting(ctx, { id, nodeId, accountId, secret, person: end });
  meeting.watch(async () => {
    if (!may(await ask(), flowPermissions[kind])) throw new Refusal("forbidden", "streams.revoked", "not any more");
  });
  const wanted = { nodeId, id, secret, kind, input: JSON.stringify(stream.input), url: linkUrl };
  await notify(ctx, "stream_wanted", JSON.stringify(wanted));
  const ending = await meeting.ending;
  ctx.log.info({ streamId: id, nodeId, accountId, kind, why: ending.why }, "stream ended");
  return ending;
}

/** Nobody gets in without a word of it in the audit. */
async function useTicket(ctx: Context, ticket: string, accountId: string): Promise<StreamRow | undefined> {
  return transaction(ctx, async (ctx) => {
    const stream = await claimStream(ctx, hashTicket(ctx, ticket), accountId);
    if (!stream) return undefined;
    const { id, kind, node_id: nodeId } = stream;
    await record(ctx, { name: "streams.joined", nodeId, data: { streamId: id, kind } });
    return stream;
  });
}

/** The node's end: what the person says goes out, what the node says comes in; each waits until the other has taken it. */
export async function* meetVisitor(
  ctx: Context,
  node: { nodeId: string; keyFingerprint: string },
  messages: AsyncIterable<StreamMessage>,
): AsyncGenerator<StreamMessageInit> {
  const said = messages[Symbol.asyncIterator]();
  const first = await said.next();
  const opened = first.done ? undefined : first.value.message;
  if (opened?.case !== "opened") throw new Refusal("invalid", "streams.not_opened", "say first which stream this is");
  const meeting = takeMeeting(ctx, node.nodeId, opened.value.id, opened.value.secret);
  meeting.watch(() => requireWelcome(ctx, node.nodeId, node.keyFingerprint));
  const { person } = meeting.options;
  void hear({ [Symbol.asyncIterator]: () => said }, meeting);
  try {
    yield { message: { case: "opened", value: {} } };
    for await (const data of untilAborted<Buffer>(meeting.signal, person.iterator({ destroyOnReturn: false }))) {
      meeting.moved();
      yield { message: { case: "data", value: data } };
    }
  } catch (error) {
    if (!meeting.signal.aborted) throw error;
  } finally {
    meeting.end("ended", "");
  }
}

async function hear(messages: AsyncIterable<StreamMessage>, meeting: Meeting): Promise<void> {
  try {
    for await (const { message } of untilAborted(meeting.signal, messages)) await hearOne(message, meeting);
    meeting.end("ended", "");
  } catch {
    meeting.end("unavailable", "the node was lost");
  }
}

/** As a WebSocket can say it: at most 123 bytes. */
function toReason(detail: string): string {
  return detail.replace(/[^ -~]/g, "?").slice(0, 100);
}

async function hearOne(message: StreamMessage["message"], meeting: Meeting): Promise<void> {
  const { person } = meeting.options;
  if (message.case === "closed") meeting.end("unavailable", toReason(message.value.detail));
  if (message.case !== "data") return;
  meeting.moved();
  if (!person.write(message.value)) await once(person, "drain", { signal: meeting.signal });
}
