import type { streams as api, Permission, ReplyOf } from "@berth/api";
import { minuteMs, newId, newSecret, Refusal } from "@berth/kit";
import { record } from "../audit/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { findRendezvous } from "./rendezvous.ts";
import { insertStream, type StreamRow } from "./stream-store.ts";
import { presentNodes } from "./views.ts";

type Ticket = ReplyOf<typeof api.openShell>;
type Kind = StreamRow["kind"];

interface Wish {
  readonly kind: Kind;
  readonly nodeId: string;
  readonly input: object;
  readonly via: StreamRow["via"];
}

const ticketMs = minuteMs;

/** What somebody must be permitted for as long as a flow of this kind goes on. */
export const flowPermissions: Readonly<Record<Kind, Permission>> = { logs: "nodes.write", shell: "nodes.shell" };

export function hashTicket(ctx: Context, ticket: string): Buffer {
  return ctx.keys.hash("operations.ticket", ticket);
}

/** A ticket for a flow between its maker and a node; it is told once and kept as a hash. */
export async function makeTicket(ctx: Context, wish: Wish): Promise<Ticket> {
  const made = await transaction(ctx, (ctx) => insertTicket(ctx, wish));
  if (wish.via === "control") return { ...made, via: "control", whyNot: null, rendezvous: null };
  const found = await findRendezvous(ctx, { ...made, nodeId: wish.nodeId });
  if ("whyNot" in found) return { ...made, via: "control", whyNot: found.whyNot, rendezvous: null };
  return { ...made, via: "relay", whyNot: null, rendezvous: found.rendezvous };
}

async function insertTicket(ctx: Context, { kind, nodeId, input }: Wish) {
  const [present] = await presentNodes(ctx, [nodeId]);
  if (!present) throw new Refusal("not_found", "operations.no_such_target", `${nodeId} is not there`);
  const now = ctx.now();
  const id = newId("stream", now);
  const ticket = newSecret();
  const expiresAt = new Date(now.getTime() + ticketMs);
  await insertStream(ctx, {
    id,
    ticket_hash: hashTicket(ctx, ticket),
    kind,
    input,
    node_id: nodeId,
    account_id: accountOf(ctx.actor),
    session_id: ctx.actor.kind === "account" ? ctx.actor.sessionId : "",
    created_at: now,
    expires_at: expiresAt,
  });
  await record(ctx, { name: "streams.opened", nodeId, data: { streamId: id, kind } });
  return { id, ticket, expiresAt: expiresAt.toISOString() };
}
