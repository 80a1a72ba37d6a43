import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Call, createClient, type Role } from "@berth/api";
import { newId } from "@berth/kit";
import pino from "pino";
import { createApp } from "../../apps/control/src/control.ts";
import { offerings } from "../../apps/control/src/offerings.ts";
import { sealEmail } from "../../core/accounts/address.ts";
import { hashToken } from "../../core/accounts/session.ts";
import type { Context } from "../../core/platform/context.ts";
import { mastersIn } from "../../core/platform/keys-master.ts";
import { type Keyring, openKeyring } from "../../core/platform/keys-ring.ts";
import { type TestDatabase, testDatabase } from "./database.ts";

export interface TestControl {
  readonly ctx: Context;
  readonly keyring: Keyring;
  readonly database: TestDatabase;
  /** A typed client of somebody with this role, who is made on the spot; `address`: where they call from. */
  as(role: Role, address?: string): Promise<Person>;
  /** A typed client of nobody. */
  readonly anonymous: Call;
  /** A typed client with this session. */
  withToken(token: string): Call;
  /** A bare request, for what the typed client does not show: headers and cookies. */
  readonly send: typeof fetch;
  /** The same from this address. */
  sendFrom(address: string): typeof fetch;
  /** Moves the clock. */
  advance(ms: number): void;
  close(): Promise<void>;
}

/** A signed-in account's typed client; `from` is the same session at another address. */
export type Person = Call & { readonly accountId: string; readonly token: string; from(address: string): Call };

/** Control's HTTP side over a database of its own, without sockets: requests are injected. */
export async function testControl(): Promise<TestControl> {
  const database = await testDatabase();
  const log = pino({ level: process.env.LOG_LEVEL ?? "silent" });
  let movedMs = 0;
  const now = () => new Date(Date.now() + movedMs);
  const folder = await mkdtemp(join(tmpdir(), "berth-control-"));
  const keyring = await openKeyring(database.db, { masters: mastersIn(folder), now });
  const ctx: Context = {
    db: database.db,
    now,
    actor: { kind: "system", task: "test" },
    log,
    offerings,
    keys: keyring,
  };
  const app = await createApp(ctx, { log, linkUrl: "https://127.0.0.1:8443", publicUrl: "http://test", keyring });
  await app.ready();

  const sendFrom = (remoteAddress?: string) => async (input: string | URL | Request, init?: RequestInit) => {
    const { pathname, search } = new URL(String(input));
    const reply = await app.inject({
      method: (init?.method ?? "GET") as "GET",
      url: pathname + search,
      remoteAddress,
      headers: init?.headers as Record<string, string>,
      payload: init?.body as string,
    });
    return new Response(reply.rawPayload.length > 0 ? new Uint8Array(reply.rawPayload) : null, {
      status: reply.statusCode,
      headers: reply.headers as Record<string, string>,
    });
  };
  const send: typeof fetch = sendFrom();
  const client = (token?: string, address?: string) =>
    createClient({ url: "http://test", token: () => token, fetch: sendFrom(address) });

  return {
    ctx,
    keyring,
    database,
    anonymous: client(),
    withToken: (token) => client(token),
    send,
    sendFrom,
    advance: (ms) => {
      movedMs += ms;
    },
    async as(role, address) {
      const { accountId, token } = await signedInAccount(ctx, role);
      return Object.assign(client(token, address), { accountId, token, from: (other: string) => client(token, other) });
    },
    async close() {
      await app.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An account and a session of it, written straight into the tables: signing up has tests of its own. */
async function signedInAccount(ctx: Context, role: Role): Promise<{ accountId: string; token: string }> {
  const now = ctx.now();
  const accountId = newId("account", now);
  const token = newId("token", now);
  await ctx.db
    .insertInto("accounts")
    .values({
      id: accountId,
      username: accountId.slice(0, 32),
      ...sealEmail(ctx, accountId, `${accountId}@example.com`),
      email_verified: true,
      role,
      state: "active",
      created_at: now,
      updated_at: now,
    })
    .execute();
  await ctx.db
    .insertInto("sessions")
    .values({
      id: newId("session", now),
      account_id: accountId,
      token_hash: hashToken(ctx, token),
      // Fresh however far a test moves the clock: asking for a proof anew has tests of its own.
      proven_at: new Date(now.getTime() + 365 * 86_400_000),
      expires_at: new Date(now.getTime() + 365 * 86_400_000),
      created_at: now,
      updated_at: now,
    })
    .execute();
  return { accountId, token };
}
