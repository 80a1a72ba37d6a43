import { streams } from "@berth/api";
import { Refusal, secondMs } from "@berth/kit";
import { type StreamMessage, type StreamMessageInit, untilAborted } from "@berth/link";
import { requireWelcome } from "../fleet/index.ts";
import type { Context } from "../platform/context.ts";
import { type Meeting, takeMeeting } from "./meeting.ts";

const openMs = 10 * secondMs;

/** The node's end: what the person says goes out, what the node says comes in; each waits until the other has taken it. */
export async function* meetVisitor(
  ctx: Context,
  node: { nodeId: string; keyFingerprint: string },
  messages: AsyncIterable<StreamMessage>,
): AsyncGenerator<StreamMessageInit> {
  const heard = messages[Symbol.asyncIterator]();
  const first = await soon(heard.next());
  const opened = first.done ? undefined : first.value.message;
  if (opened?.case !== "opened") throw new Refusal("invalid", "streams.not_opened", "say first which stream this is");
  const meeting = takeMeeting(ctx, node.nodeId, opened.value.id, opened.value.secret);
  meeting.watch(() => requireWelcome(ctx, node.nodeId, node.keyFingerprint));
  const { person } = meeting.options;
  void hear({ [Symbol.asyncIterator]: () => heard }, meeting);
  try {
    yield { message: { case: "opened", value: {} } };
    const said = person.iterator({ destroyOnReturn: false });
    for await (const one of untilAborted<Buffer | string>(meeting.signal, said))
      yield { message: passOn(one, meeting) };
  } catch (error) {
    if (!meeting.signal.aborted) throw error;
  } finally {
    meeting.end("ended", "");
  }
}

/** A node that dials and says nothing is not waited for. */
async function soon<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const refuse = () => late.reject(new Refusal("invalid", "streams.not_opened", "say at once which stream this is"));
  const timer = setTimeout(refuse, openMs);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

/** What a person said, as the node hears it. */
function passOn(said: Buffer | string, meeting: Meeting): NonNullable<StreamMessageInit["message"]> {
  if (typeof said !== "string") {
    meeting.move({ toNode: said.length });
    return { case: "data", value: said };
  }
  const size = readSize(said);
  if (size) return { case: "size", value: size };
  meeting.end("unavailable", "a text must be a window's size");
  return { case: "data", value: Buffer.alloc(0) };
}

async function hear(messages: AsyncIterable<StreamMessage>, meeting: Meeting): Promise<void> {
  try {
    for await (const { message } of untilAborted(meeting.signal, messages)) await hearOne(message, meeting);
    meeting.end("ended", "");
  } catch {
    meeting.end("unavailable", "the node was lost");
  }
}

async function hearOne(message: StreamMessage["message"], meeting: Meeting): Promise<void> {
  if (message.case === "closed") meeting.end("unavailable", toReason(message.value.detail));
  if (message.case === "moved") {
    const { toNodeBytes, fromNodeBytes } = message.value;
    meeting.movedTo({ toNode: Number(toNodeBytes), fromNode: Number(fromNodeBytes) });
  }
  if (message.case !== "data") return;
  meeting.move({ fromNode: message.value.length });
  // Until the system has taken it: what is said last is not cut off by the end.
  const { person } = meeting.options;
  await new Promise<void>((resolve) => person.write(message.value, () => resolve()));
}

/** As a WebSocket can say it: at most 123 bytes. */
function toReason(detail: string): string {
  return detail.replace(/[^ -~]/g, "?").slice(0, 100);
}

function readSize(text: string): { columns: number; rows: number } | undefined {
  try {
    return streams.terminalSize.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
