/*
 * The relay process of a node. To start it alone:
 *
 *   BERTH_RELAY_SOCKET=/tmp/relay/control.sock BERTH_RELAY_HOST=127.0.0.1 BERTH_STUN_PORT=0 \
 *     node_modules/.bin/node apps/relay/src/main.ts
 *
 * It prints {"msg":"relay ready"} when the control socket accepts, and has no rooms until somebody puts one, one line per request:
 *
 *   {"id":1,"method":"put","params":{"instanceId":"i1","generation":1,"port":42001,"derpKey":"privkey:…",
 *    "certificate":"…PEM…","privateKey":"…PEM…","devices":[{"id":"d1","key":"nodekey:…"}],"allowance":{}}}
 *
 * SIGTERM and SIGINT end it; so does the end of an IPC channel to a parent.
 */
import { onParentGone } from "@berth/kit";
import { openRendezvous, Relay, StunServer, serveControl } from "@berth/relay";
import { readConfig } from "./config.ts";
import { makeLog } from "./log.ts";

const stopWithinMs = 2_000;
const graceMs = 1_000;

const config = readConfig();
const log = makeLog(config.logLevel, (line) => process.stdout.write(line));

const relay = new Relay({ host: config.host, log });
const { stun, rendezvous, control } = await start().catch((err) => {
  log.error({ err, code: err.code }, "relay did not start");
  process.exit(1);
});
log.info({ pid: process.pid, run: relay.counters().run }, "relay ready");

function restart(): void {
  void stop("its agent asks for a restart");
}

async function start() {
  const stun = config.stunPort > 0 ? await StunServer.listen(config.host, config.stunPort) : undefined;
  const { host, rendezvousPort: port } = config;
  const rendezvous = port > 0 ? await openRendezvous({ host, port, log }).catch(goOnWithout) : undefined;
  return { stun, rendezvous, control: await serveControl(config.socketPath, relay, log, { rendezvous, restart }) };
}

/** Customers are served all the same; flows go through control. */
function goOnWithout(err: Error): undefined {
  log.warn({ err }, "rendezvous not open, this relay joins nobody");
}

let isStopping = false;
async function stop(cause: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  log.info({ cause }, "relay stopping");
  setTimeout(() => process.exit(1), stopWithinMs).unref();
  await control.flush(); // at once: what follows may take its time
  await relay.close({ graceMs });
  await control.flush(); // what came in until the last connection was closed
  await Promise.all([control.close(), stun?.close(), rendezvous?.close()]);
  process.exit(0);
}

process.on("SIGTERM", () => void stop("SIGTERM"));
process.on("SIGINT", () => void stop("SIGINT"));
onParentGone(() => void stop("the parent is gone"));
