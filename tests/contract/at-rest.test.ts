import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { access, accounts, type Call, createClient, derp, keys, orders, staff } from "@berth/api";
import { sealedColumns } from "../../apps/control/src/keys.ts";
import { stepAt, totpCode } from "../../core/access/totp.ts";
import { takeKnocks } from "../../core/leases/phases.ts";
import { recipientOf } from "../../core/notices/content.ts";
import { noticeJobs } from "../../core/notices/index.ts";
import { keepKeys, resealProgress } from "../../core/platform/keys-reseal.ts";
import { rotateDataKeys } from "../../core/platform/keys-rotate.ts";
import { type TestControl, testControl } from "../support/control.ts";
import { nodeKey } from "../support/devices.ts";
import { type MailServer, startMailServer } from "../support/mail-server.ts";
import { lastCode, mailsTo } from "../support/mails.ts";
import { secretOf } from "../support/members.ts";
import { asNode, onlineNode } from "../support/nodes.ts";
import { batchOf, planOf } from "../support/sales.ts";

let control: TestControl;
let mailServer: MailServer;
/** What must lie readable nowhere: what it is → the text. */
const planted = new Map<string, string>();

const address = "198.51.100.77";
const agent = "Planted-Browser-7731/1.0";
const email = plant("address", "planted.person@mail.planted.example");
const moved = plant("new address", "moved.planted@mail.planted.example");
const stranger = plant("unknown address", "nobody.planted@mail.planted.example");
const password = plant("password", "planted password one");

function plant(what: string, text: string): string {
  assert.ok(text.length > 5, what);
  planted.set(what, text);
  return text;
}

/** A client that comes from the planted address with the planted browser. */
function clientAt(token?: string): Call {
  const send: typeof fetch = (url, init) => {
    return control.sendFrom(address)(url, { ...init, headers: { ...(init?.headers as object), "user-agent": agent } });
  };
  return createClient({ url: "http://test", token: () => token, fetch: send });
}

async function deliver(to: string): Promise<void> {
  const [job] = noticeJobs({ smtpUrl: mailServer.url, from: "berth@example.org" });
  await job?.handle(control.ctx, { recipient: recipientOf(control.ctx, to).toString("hex") } as never);
}

async function signUp(): Promise<Call> {
  const anonymous = clientAt();
  await anonymous(accounts.signUp, { username: "planted", email, password });
  const code = plant("sign-up code", await lastCode(control, email));
  await deliver(email);
  const { token } = await anonymous(accounts.verifyEmail, { email, code, password });
  const wrong = plant("wrong password", "planted wrong password");
  await assert.rejects(anonymous(accounts.signIn, { email, password: wrong }));
  await assert.rejects(anonymous(accounts.signIn, { email: stranger, password }));
  await anonymous(accounts.requestReset, { email: stranger });
  return clientAt(plant("session token", token));
}

/** An authenticator app with recovery codes, an API key and a token. */
async function holdFactors(me: Call): Promise<readonly string[]> {
  const { url } = await me(access.enrolTotp, {});
  plant("authenticator secret", new URL(url).searchParams.get("secret") ?? "");
  const code = totpCode(secretOf(url), stepAt(control.ctx.now()));
  const { recoveryCodes } = await me(access.confirmTotp, { code: plant("authenticator code", code) });
  for (const [n, recovery] of recoveryCodes.entries()) plant(`recovery code ${n}`, recovery);
  const { secret } = await me(keys.createKey, { name: "Key", scopes: ["leases.read"], days: 30 });
  plant("API key", secret.slice(-32));
  plant("JWT", (await me(keys.mintToken, {})).token);
  return recoveryCodes;
}

async function signInWith(to: string, secret: string, recovery: string): Promise<Call> {
  const answer = await clientAt()(accounts.signIn, { email: to, password: secret });
  assert.ok("ticket" in answer);
  const ticket = plant(`ticket ${recovery}`, answer.ticket);
  const proof = { way: "recovery", code: recovery } as const;
  const { token } = await clientAt()(access.completeSignIn, { ticket, proof });
  return clientAt(plant(`token ${recovery}`, token));
}

/** Moves to another address and forgets the password. */
async function move(me: Call): Promise<string> {
  await me(accounts.requestEmailChange, { email: moved, password });
  await me(accounts.changeEmail, { email: moved, code: plant("address code", await lastCode(control, moved)) });
  await clientAt()(accounts.requestReset, { email: moved });
  const code = plant("reset code", await lastCode(control, moved, "accounts.reset"));
  const next = plant("new password", "planted password two");
  await clientAt()(accounts.resetPassword, { email: moved, code, password: next });
  await deliver(moved);
  return next;
}

/** Redeems a serial, is knocked at by a strange device and fetches the configuration. */
async function rent(me: Call): Promise<void> {
  for (let n = 0; n < 3; n++) await onlineNode(control.ctx);
  const operator = await control.as("super_admin");
  const plan = await planOf(operator);
  const { codes } = await batchOf(control, operator, { planId: plan.id });
  const { lease } = await me(orders.redeemSerial, { code: plant("serial", codes[0] as string) });
  const instance = await control.database.db.selectFrom("instances").selectAll().executeTakeFirstOrThrow();
  const atMs = BigInt(control.ctx.now().getTime());
  const knock = { instanceId: instance.id, key: nodeKey(), address: "203.0.113.9", atMs };
  await takeKnocks(asNode(control.ctx, instance.node_id), instance.node_id, [knock] as never);
  const { url } = await me(derp.getConfiguration, { leaseId: lease.id });
  plant("configuration's secret", new URL(url).pathname.slice(3));
  const reply = await control.sendFrom(address)(url, { headers: { "user-agent": agent } });
  assert.equal(reply.status, 200);
  const typed = plant("address that staff typed", "made.planted@mail.planted.example");
  await operator(staff.createAccount, { username: "planted-by-staff", email: typed });
}

before(async () => {
  control = await testControl();
  mailServer = await startMailServer();
  const me = await signUp();
  const [first = "", second = ""] = await holdFactors(me);
  await signInWith(email, password, first);
  const next = await move(me);
  await rent(await signInWith(moved, next, second));
});
after(async () => {
  await mailServer.close();
  await control.close();
});

/** Every row of every table, as text; what is bytes in hexadecimal. */
async function everyRow(): Promise<{ table: string; text: string }[]> {
  const { pool } = control.database;
  const tables = await pool.query(`select format('%I.%I', table_schema, table_name) as name
    from information_schema.tables
    where table_schema in ('public', 'graphile_worker') and table_type = 'BASE TABLE'`);
  const found: { table: string; text: string }[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await pool.query(`select t::text as text from ${name} t`);
    found.push(...rows.map(({ text }) => ({ table: name, text })));
  }
  return found;
}

/** The ways in which a text can lie in a row without being sealed. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const shifted = [0, 1, 2].map((n) =>
    Buffer.concat([Buffer.alloc(n), bytes])
      .toString("base64")
      .slice(4, -4),
  );
  return [text, text.toLowerCase(), text.toUpperCase(), bytes.toString("hex"), ...(text.length > 12 ? shifted : [])];
}

/** Six digits are in many numbers: a code counts when it stands by itself. */
function holds(row: string, form: string): boolean {
  return /^\d{6}$/.test(form) ? new RegExp(`(?<![\\da-f])${form}(?![\\da-f])`).test(row) : row.includes(form);
}

describe("after a walk through all that one does with an account", () => {
  test("no address, password, code or token lies readable in any table", async () => {
    const rows = await everyRow();
    const tables = new Set(rows.map(({ table }) => table));
    for (const name of [
      "accounts",
      "sessions",
      "mails",
      "events",
      "api_keys",
      "recovery_codes",
      "configuration_log",
      "knocks",
    ])
      assert.ok(tables.has(`public.${name}`), `${name} is empty: nothing was looked at`);
    for (const [what, text] of planted) {
      for (const form of formsOf(text)) {
        const at = rows.filter((row) => holds(row.text, form)).map(({ table }) => table);
        assert.deepEqual([...new Set(at)], [], `${what} as ${form}`);
      }
    }
  });

  test("where they were and with what lies readable in no table but that of attacks", async () => {
    // Signals hold what is banned, for an hour, and tell of accounts by hashes only.
    const rows = (await everyRow()).filter(({ table }) => table !== "public.attack_signals");
    for (const form of [...formsOf(address), ...formsOf(agent)]) {
      const at = rows.filter(({ text }) => text.includes(form)).map(({ table }) => table);
      assert.deepEqual([...new Set(at)], [], form);
    }
  });
});

describe("what is sealed", () => {
  test("lies in columns that are known to those who seal it anew", async () => {
    const { pool } = control.database;
    const columns = await pool.query(`select table_name, column_name from information_schema.columns
      where table_schema = 'public' and data_type = 'bytea'`);
    const keyIds = (await pool.query("select id from data_keys")).rows.map(({ id }) => id);
    const known = new Set(sealedColumns.map(({ table, column }) => `${table}.${column}`));
    const found: string[] = [];
    for (const { table_name: table, column_name: column } of columns.rows) {
      const marks = await pool.query(
        `select distinct encode(substring(${column} from 1 for 9), 'hex') as mark from ${table}`,
      );
      if (marks.rows.some(({ mark }) => mark?.startsWith("02") && keyIds.includes(mark.slice(2)))) {
        found.push(`${table}.${column}`);
      }
    }
    for (const column of ["accounts.email", "sessions.client", "sign_ins.client", "mails.content"]) {
      assert.ok(found.includes(column), column);
    }
    // Answers of requests live for 48 hours, and what opens with the shared key is retired after that.
    const shortLived = ["idempotency_keys.reply"];
    assert.deepEqual(
      found.filter((column) => !known.has(column) && !shortLived.includes(column)),
      [],
    );
  });

  test("is sealed anew when keys are replaced, and is read as before", async () => {
    const { ctx, keyring } = control;
    const admin = await control.as("admin");
    const former = await admin(accounts.listAccounts, { limit: 100 });
    await rotateDataKeys(ctx, keyring.masters, { afterMs: 0 });
    await keyring.reload();
    const progress = () => Promise.all(sealedColumns.map((column) => resealProgress(ctx, column)));
    assert.ok(
      (await progress()).some(({ present, all }) => all > 0 && present === 0),
      "a new key seals from now on",
    );
    await keepKeys(ctx, keyring, sealedColumns);
    for (const [n, { present, all }] of (await progress()).entries()) {
      assert.equal(present, all, `${sealedColumns[n]?.table}`);
    }
    assert.deepEqual(await admin(accounts.listAccounts, { limit: 100 }), former);
    assert.ok((await mailsTo(control, moved)).length > 0);
  });

  test("is looked for as it would be found", () => {
    const text = "Planted.person@x.example";
    const rows = [text, text.toLowerCase(), text.toUpperCase()];
    for (const before of ["", "1", "12"]) {
      rows.push(Buffer.from(before + text).toString("hex"), `"${Buffer.from(before + text).toString("base64")}"`);
    }
    for (const form of formsOf(text))
      assert.ok(
        rows.some((row) => row.includes(form)),
        form,
      );
    assert.ok(holds('(1,"123456 is your code")', "123456") && !holds("\\x00123456ff", "123456"));
  });
});
