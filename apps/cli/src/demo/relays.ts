import { createHash } from "node:crypto";
import { connect } from "node:tls";
import { derp } from "@berth/api";
import type { KeyPair } from "@berth/derp";
import { DerpClient } from "@berth/relay";
import { z } from "zod";
import type { Lease, Person } from "./people.ts";

/** One relay as the downloaded configuration names it. */
export interface Relay {
  readonly host: string;
  readonly port: number;
  readonly pin: string;
}

const derpMap = z.object({
  Regions: z.record(
    z.string(),
    z.object({ Nodes: z.array(z.object({ HostName: z.string(), DERPPort: z.number(), CertName: z.string() })) }),
  ),
});

/** Downloads a lease's configuration from its address, as a Tailscale administrator would. */
export async function download({ call }: Person, lease: Lease): Promise<Relay[]> {
  const { url } = await call(derp.getConfiguration, { leaseId: lease.id });
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
  const { Regions } = derpMap.parse(await reply.json());
  return Object.values(Regions).flatMap(({ Nodes }) =>
    Nodes.map((node) => ({ host: node.HostName, port: node.DERPPort, pin: node.CertName.replace("sha256-raw:", "") })),
  );
}

/** Logs in; undefined while the relay is not there or does not admit the key. */
export function tryConnect(relay: Relay, keys: KeyPair): Promise<DerpClient | undefined> {
  return DerpClient.connect({ ...relay, keys, signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
}

/** Whether a relay answers a latency check over TLS with the pinned certificate. */
export function answersCheck({ host, port, pin }: Relay): Promise<boolean> {
  return new Promise((resolve) => {
    // The pin decides, as in Tailscale's clients.
    const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"], timeout: 2_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("secureConnect", () => {
      const raw = socket.getPeerX509Certificate()?.raw ?? Buffer.alloc(0);
      if (createHash("sha256").update(raw).digest("hex") !== pin) return end(false);
      socket.write(`GET /derp/latency-check HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
    socket.once("data", (chunk) => end(chunk.toString("latin1").startsWith("HTTP/1.1 200")));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

/** Sends `count` packets of `bytes` each and waits until the relay has read them. Returns the payload bytes sent. */
export async function send(
  from: DerpClient,
  to: KeyPair,
  { count, bytes }: { count: number; bytes: number },
): Promise<number> {
  const packet = Buffer.alloc(bytes, 0x42);
  for (let i = 0; i < count; i++) {
    if (!from.send(to.publicKey, packet)) await new Promise<void>((resolve) => from.once("drain", resolve));
  }
  await from.ping();
  return count * bytes;
}

/** Milliseconds until the relay closes the connection. */
export function closed(client: DerpClient, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`still connected after ${withinMs} ms`)), withinMs);
    client.once("close", () => {
      clearTimeout(timer);
      resolve(Math.round(performance.now() - startedAt));
    });
  });
}
