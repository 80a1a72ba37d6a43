import { backoffMs, sleep } from "@berth/kit";
import { sql } from "kysely";
import pg from "pg";
import type { Context } from "./context.ts";
import type { Log } from "./logger.ts";

/** Tells every replica something once this transaction commits. Equal messages of one transaction arrive once. */
export async function notify(ctx: Context, channel: string, message: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${message})`.execute(ctx.db);
}

export interface Listener {
  readonly channels: Readonly<Record<string, (message: string) => void>>;
  /** Messages may have been missed: look at everything again. Also called when first connected. */
  readonly onConnect: () => void;
}

/** Listens on one connection of its own, for ever; after a loss it reconnects with backoff and says so. */
export function listen(url: string, log: Log, listener: Listener): { close(): Promise<void> } {
  const stop = new AbortController();
  const ended = keepListening(url, log, listener, stop.signal);
  return {
    async close() {
      stop.abort();
      await ended;
    },
  };
}

async function keepListening(url: string, log: Log, listener: Listener, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 5_000 });
    try {
      const lost = untilLost(client, signal);
      await client.connect();
      client.on("notification", ({ channel, payload }) => listener.channels[channel]?.(payload ?? ""));
      for (const channel of Object.keys(listener.channels))
        await client.query(`listen ${client.escapeIdentifier(channel)}`);
      attempt = 0;
      listener.onConnect();
      await lost;
    } catch (error) {
      log.warn({ error: (error as Error).message }, "listening connection lost");
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(backoffMs(attempt), signal).catch(() => {});
  }
}

function untilLost(client: pg.Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    client.on("error", () => resolve());
    client.on("end", () => resolve());
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
