import {
  type AuthorityRow,
  certify,
  enrolNode,
  ensureAuthorities,
  openAuthority,
  requireWelcome,
  toBundle,
  trustedAuthorities,
  vouching,
} from "@berth/core/fleet";
import { type Guard, guardLink } from "@berth/core/guard";
import { meetVisitor } from "@berth/core/operations";
import type { Context } from "@berth/core/platform/context";
import { isPassing } from "@berth/core/platform/database";
import { Sessions } from "@berth/core/platform/sessions";
import { dayMs, Refusal } from "@berth/kit";
import { issueServer, type LinkCredentials, type LinkHandlers, type LinkServer, serveLink } from "@berth/link";
import { NodeStream } from "./sync.ts";

export interface Link {
  readonly port: number;
  /** What other replicas or transactions tell this one, by channel. */
  readonly channels: Readonly<Record<string, (message: string) => void>>;
  /** Notifications may have been missed: every stream looks again, revoked ones end. */
  lookAgain(): void;
  close(): Promise<void>;
}

export interface LinkAddress {
  readonly host: string;
  readonly port: number;
  /** Host names and addresses under which agents reach it. */
  readonly names: readonly string[];
}

/** Control's own certificate lasts 90 days: a control that runs for months must not be lost to its nodes. */
const reissueMs = dayMs;

/** Serves agents. */
export async function startLink(ctx: Context, address: LinkAddress, guard: Guard): Promise<Link> {
  const sessions = new Sessions<NodeStream>();
  const server = await serveLink({
    host: address.host,
    port: address.port,
    now: ctx.now,
    gate: guardLink(guard),
    handlers: handlers(ctx, sessions),
    onError: (error, call) => logFailure(ctx, error as Error, call),
    ...(await credentials(ctx, await ensureAuthorities(ctx), address)),
  });
  const revoked = new Refusal("forbidden", "fleet.revoked", "this node's key was revoked");
  const takeOver = () => {
    takeOverAuthorities(ctx, { server, address, sessions }).catch((error) =>
      logFailure(ctx, error, { method: "Trust" }),
    );
  };
  const reissue = setInterval(takeOver, reissueMs);

  return {
    port: server.port,
    channels: {
      node_changed: (nodeId) => sessions.get(nodeId)?.wake(),
      operations_changed: (nodeId) => sessions.get(nodeId)?.wake(),
      node_revoked: (nodeId) => sessions.get(nodeId)?.end(revoked),
      stream_wanted: (wanted) => askForStream(sessions, wanted),
      ends_wanted: (wanted) => askForEnds(sessions, wanted),
      reach_wanted: (nodeId) => sessions.get(nodeId)?.reach.begin(),
      reach_over: (nodeId) => sessions.get(nodeId)?.reach.end(),
      reach_dial: (wanted) => askToDial(sessions, wanted),
      authorities_changed: takeOver,
    },
    lookAgain() {
      for (const stream of sessions.all()) {
        stream.wake();
        stream.recheck();
      }
    },
    close() {
      clearInterval(reissue);
      return server.close();
    },
  };
}

function handlers(ctx: Context, sessions: Sessions<NodeStream>): LinkHandlers {
  return {
    enrol: (request) => enrolNode({ ...ctx, actor: { kind: "system", task: "enrol" } }, request),
    async renew({ request }, { peer, address }) {
      await requireWelcome(ctx, peer.nodeId, peer.keyFingerprint);
      const actor = { kind: "node", nodeId: peer.nodeId, address } as const;
      const { certificate, authorities } = await certify({ ...ctx, actor }, peer.nodeId, request);
      return { certificate, authorities };
    },
    sync: (messages, caller) => new NodeStream(ctx, caller).run(messages, sessions),
    stream: (messages, { peer }) => meetVisitor(ctx, peer, messages),
  };
}

/** Somebody waits at one of the replicas for a node, whose stream may be held here. */
function askForStream(sessions: Sessions<NodeStream>, wanted: string): void {
  const { nodeId, ...stream } = JSON.parse(wanted);
  sessions.get(nodeId)?.openStream(stream);
}

/** Two ends want to be joined by the relay of a node. */
function askForEnds(sessions: Sessions<NodeStream>, wanted: string): void {
  const { nodeId, ...ends } = JSON.parse(wanted);
  sessions.get(nodeId)?.expectEnds(ends);
}

/** A node is to be tried from another one, whose stream may be held here. */
function askToDial(sessions: Sessions<NodeStream>, wanted: string): void {
  const { onlooker, ...dialling } = JSON.parse(wanted);
  sessions.get(onlooker)?.reach.dial(dialling);
}

async function credentials(
  ctx: Context,
  authorities: readonly AuthorityRow[],
  { names }: LinkAddress,
): Promise<LinkCredentials> {
  const authority = openAuthority(ctx, vouching(authorities));
  const { certificate, privateKey } = await issueServer(authority, { names, now: ctx.now() });
  return { certificate, key: privateKey, authorities: toBundle(authorities) };
}

interface Serving {
  readonly server: LinkServer;
  readonly address: LinkAddress;
  readonly sessions: Sessions<NodeStream>;
}

async function takeOverAuthorities(ctx: Context, { server, address, sessions }: Serving): Promise<void> {
  const authorities = await trustedAuthorities(ctx);
  server.reload(await credentials(ctx, authorities, address));
  for (const stream of sessions.all()) stream.trust(toBundle(authorities));
}

function logFailure(ctx: Context, error: Error, call: { method: string; nodeId?: string }): void {
  if (isPassing(error)) ctx.log.warn({ ...call }, "link call failed, database away or busy");
  else ctx.log.error({ ...call, error: error.stack }, "link call failed");
}
