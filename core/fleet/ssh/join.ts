import type { Readable } from "node:stream";
import type { fleet as api, InputOf, ReplyOf } from "@berth/api";
import { minuteMs, newId, Refusal, secondMs, sleep } from "@berth/kit";
import { record } from "../../audit/index.ts";
import { actorName } from "../../platform/actor.ts";
import { type Context, transaction } from "../../platform/context.ts";
import type { Sweep } from "../../platform/sweeps.ts";
import { markTokenRevoked } from "../identity-store.ts";
import { createJoinToken } from "../join.ts";
import { showJoinToken } from "../join-token.ts";
import { lastWords, look, send, start } from "./install.ts";
import { type Login, Shell } from "./shell.ts";
import { failSilent, getSshJoin, insertSshJoin, updateSshJoin } from "./store.ts";

type SshJoin = ReplyOf<typeof api.getSshJoin>;
type Asked = InputOf<typeof api.startSshJoin>;

/** Where agents reach control, and what a node needs to run. */
export interface Supplies {
  readonly linkUrl: string;
  readonly archive: () => Promise<Readable>;
}

const joinMs = minuteMs;
const lookMs = secondMs / 2;
const tellMs = 2 * secondMs;
const silentMs = 5 * minuteMs;

export async function showSshJoin(ctx: Context, sshJoinId: string): Promise<SshJoin> {
  const row = await getSshJoin(ctx, sshJoinId);
  return {
    id: row.id as SshJoin["id"],
    host: row.host,
    port: row.port,
    username: row.username,
    hostKey: row.host_key,
    state: row.state,
    step: row.step,
    percent: row.percent,
    problem: row.problem_code === null ? null : { code: row.problem_code, detail: row.problem_detail ?? "" },
    joinTokenId: row.join_token_id as SshJoin["joinTokenId"],
    nodeId: row.node_id as SshJoin["nodeId"],
    madeBy: row.made_by,
    startedAt: row.started_at.toISOString(),
  };
}

/**
 * Begins to make a server a node. It goes on here when this has answered: how one signs in there is in this process alone, so
 * what a control that dies leaves behind has to be begun anew.
 */
export async function startSshJoin(ctx: Context, asked: Asked, supplies: Supplies): Promise<SshJoin> {
  if (!asked.password && !asked.privateKey) {
    throw new Refusal("invalid", "fleet.ssh_no_login", "give a password or a private key");
  }
  const { id, token } = await transaction(ctx, (ctx) => begin(ctx, asked, supplies.linkUrl));
  if (!ctx.dryRun) void work(ctx, id, { asked, token, supplies });
  return showSshJoin(ctx, id);
}

async function begin(ctx: Context, asked: Asked, linkUrl: string): Promise<{ id: string; token: string }> {
  const { host, port, username, hostKey, name, region } = asked;
  const made = await createJoinToken(ctx, { name, region }, linkUrl);
  const now = ctx.now();
  const id = newId("ssh", now);
  await insertSshJoin(ctx, {
    ...{ id, join_token_id: made.id, host, port, username, host_key: hostKey, state: "running", step: "connecting" },
    ...{ percent: 0, problem_code: null, problem_detail: null },
    ...{ made_by: actorName(ctx.actor), started_at: now, heard_at: now },
  });
  await record(ctx, { name: "fleet.ssh_join_started", data: { sshJoinId: id, host, port, hostKey } });
  return { id, token: made.token };
}

interface Work {
  readonly asked: Asked;
  readonly token: string;
  readonly supplies: Supplies;
}

/** Nobody waits for it: how it ends is written down. */
async function work(ctx: Context, id: string, work: Work): Promise<void> {
  try {
    await install(ctx, id, work);
    await updateSshJoin(ctx, id, { state: "done", percent: 100 });
    ctx.log.info({ sshJoinId: id }, "server joined over SSH");
  } catch (error) {
    const { code, message } =
      error instanceof Refusal ? error : { code: "fleet.ssh_failed", message: "something broke; try again" };
    if (!(error instanceof Refusal))
      ctx.log.error({ sshJoinId: id, error: (error as Error).stack }, "join over SSH broke");
    await giveUp(ctx, id, { code, message }).catch(() => undefined); // the sweep does, later
  }
}

async function giveUp(ctx: Context, id: string, { code, message }: { code: string; message: string }): Promise<void> {
  const { join_token_id } = await getSshJoin(ctx, id);
  await markTokenRevoked(ctx, join_token_id);
  await updateSshJoin(ctx, id, { state: "failed", problem_code: code, problem_detail: message.slice(0, 1_000) });
  ctx.log.info({ sshJoinId: id, code }, "join over SSH failed");
}

async function install(ctx: Context, id: string, { asked, token, supplies }: Work): Promise<void> {
  const shell = await Shell.open(toLogin(asked));
  try {
    await updateSshJoin(ctx, id, { step: "looking", percent: 5 });
    const machine = await look(shell);
    await updateSshJoin(ctx, id, { step: "sending", percent: 10 });
    await send(shell, machine, { archive: supplies.archive, onBytes: tellNowAndThen(ctx, id) });
    await updateSshJoin(ctx, id, { step: "starting", percent: 80 });
    await start(shell, machine, toSettings(asked, token, supplies.linkUrl));
    await updateSshJoin(ctx, id, { step: "joining", percent: 90 });
    await untilJoined(ctx, id, shell);
  } finally {
    shell.close();
  }
}

function toLogin({ host, port, username, password, privateKey, passphrase, hostKey }: Asked): Login {
  return { host, port, username, password, privateKey, passphrase, hostKey };
}

function toSettings({ address, ports, stunPort }: Asked, token: string, linkUrl: string): Record<string, string> {
  return {
    BERTH_CONTROL_URL: linkUrl,
    BERTH_JOIN_TOKEN: token,
    ...(address ? { BERTH_NODE_ADDRESSES: address } : {}),
    ...(ports ? { BERTH_NODE_PORTS: ports } : {}),
    ...(stunPort === undefined ? {} : { BERTH_STUN_PORT: String(stunPort) }),
  };
}

/** Up to 70 of the 80 percent that sending takes; the size of what is packed on the way is not known. */
const packedBytes = 30_000_000;

function tellNowAndThen(ctx: Context, id: string): (sent: number, of: number | undefined) => void {
  let toldAtMs = performance.now();
  return (sent, of) => {
    if (performance.now() - toldAtMs < tellMs) return;
    toldAtMs = performance.now();
    const percent = of === undefined ? 60 + Math.min(15, (15 * sent) / packedBytes) : 10 + (50 * sent) / of;
    void updateSshJoin(ctx, id, { percent: Math.floor(percent) }).catch(() => undefined); // the next one tells more
  };
}

async function untilJoined(ctx: Context, id: string, shell: Shell): Promise<void> {
  const { join_token_id } = await getSshJoin(ctx, id);
  for (let waitedMs = 0; waitedMs < joinMs; waitedMs += lookMs) {
    const { step } = await showJoinToken(ctx, join_token_id);
    if (step === "connected" || step === "ready" || step === "not_reachable") return;
    await sleep(lookMs);
  }
  throw new Refusal("conflict", "fleet.ssh_not_joined", `its agent does not come: ${await lastWords(shell)}`);
}

export const sshSweep: Sweep = {
  name: "fleet.ssh_joins",
  everyMs: minuteMs,
  run: (ctx) => failSilent(ctx, new Date(ctx.now().getTime() - silentMs)),
};
