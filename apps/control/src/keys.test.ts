import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { keyring as api, type Call, type CallOf, createClient, derp, leases, settings } from "@berth/api";
import { fieldsOf, keepKeys, resealProgress } from "@berth/core/platform/keys-reseal";
import { type Keyring, keyringChannel, openKeyring } from "@berth/core/platform/keys-ring";
import { listen } from "@berth/core/platform/notify";
import { minuteMs } from "@berth/kit";
import { type TestControl, testControl } from "../../../tests/support/control.ts";
import { onlineNode } from "../../../tests/support/nodes.ts";
import { refusalOf } from "../../../tests/support/refusal.ts";
import { soldLease } from "../../../tests/support/sales.ts";
import { createApp } from "./control.ts";
import { sealedColumns } from "./keys.ts";

let control: TestControl;
const ends: (() => Promise<unknown>)[] = [];

before(async () => {
  control = await testControl();
});
after(async () => {
  for (const end of ends) await end();
  await control.close();
});

interface Replica {
  readonly keyring: Keyring;
  readonly reloads: () => number;
  call(token: string): Call;
  download(url: string): Promise<number>;
}

/** Control once more over the same database, with a keyring of its own that hears of changes only by NOTIFY. */
async function replica({ newsTakesMs }: { newsTakesMs: number }): Promise<Replica> {
  const opened = await openKeyring(control.database.db, {
    masters: control.keyring.masters,
    now: control.ctx.now,
    fields: fieldsOf(sealedColumns),
  });
  let reloads = 0;
  const ctx = { ...control.ctx, keys: opened };
  const log = control.ctx.log as Parameters<typeof createApp>[1]["log"];
  const app = await createApp(ctx, {
    log,
    linkUrl: "https://127.0.0.1:8443",
    publicUrl: "http://test",
    keyring: opened,
  });
  await app.ready();
  // Whoever sealed at once would seal what a replica that hears late can't open yet.
  const reload = async () => {
    await new Promise((resolve) => setTimeout(resolve, newsTakesMs));
    await opened.reload();
    reloads += 1;
  };
  const listener = listen(control.database.url, log, {
    channels: { [keyringChannel]: () => void reload() },
    onConnect: () => void reload(),
  });
  ends.push(() => Promise.all([app.close(), listener.close()]));
  const send = (async (input: string | URL, init?: RequestInit) => {
    const { pathname, search } = new URL(String(input));
    const headers = init?.headers as Record<string, string>;
    const payload = init?.body as string;
    const reply = await app.inject({
      method: (init?.method ?? "GET") as "GET",
      url: pathname + search,
      headers,
      payload,
    });
    return new Response(new Uint8Array(reply.rawPayload), { status: reply.statusCode });
  }) as typeof fetch;
  return {
    keyring: opened,
    reloads: () => reloads,
    call: (token) => createClient({ url: "http://test", token: () => token, fetch: send }),
    download: async (url) => (await app.inject({ method: "GET", url: new URL(url).pathname })).statusCode,
  };
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Asks as a customer does, again and again, until it is over or something failed. */
class Load {
  answered = 0;
  readonly failed: unknown[] = [];
  #isOver = false;
  readonly #running: Promise<void>[];

  constructor({ call, download }: Replica, token: string, leaseId: CallOf<typeof derp.getConfiguration>["leaseId"]) {
    const me = call(token);
    const once = async (n: number) => {
      await me(leases.getLease, { leaseId });
      const { url } = await me(n % 5 === 0 ? derp.rotateConfiguration : derp.getConfiguration, { leaseId });
      const status = await download(url);
      // Somebody else may have changed the address in between; whatever was sealed has to open.
      if (status !== 200 && status !== 404) throw new Error(`download answered ${status}`);
      this.answered += 3;
    };
    const work = async () => {
      for (let n = 0; !this.#isOver && this.failed.length === 0; n++)
        await once(n).catch((error) => this.failed.push(error));
    };
    this.#running = [work(), work()];
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }
}

test("keys and master key are replaced under load on two replicas, and no request fails", async () => {
  for (let n = 0; n < 3; n++) await onlineNode(control.ctx);
  const [one, other] = [await replica({ newsTakesMs: 0 }), await replica({ newsTakesMs: 150 })];
  const replicas = [one, other];
  const ctx = { ...control.ctx, keys: one.keyring };
  await until(() => replicas.every(({ reloads }) => reloads() > 0));
  const { customer, lease, operator } = await soldLease(control);
  const loads = replicas.map((each) => new Load(each, customer.token, lease.id));
  const isFailed = () => loads.some(({ failed }) => failed.length > 0);

  /** Does something that announces itself so often, and goes on when both replicas have heard each time. */
  const announced = async (times: number, work: () => Promise<unknown>) => {
    const heard = replicas.map(({ reloads }) => reloads() + times);
    await work();
    await until(() => isFailed() || replicas.every(({ reloads }, at) => reloads() >= (heard[at] as number)));
  };
  const operate = one.call(operator.token);
  const marks = () =>
    sealedColumns.map(({ table, column }) => other.keyring.mark(`${table}|${column}`).toString("hex"));
  const before = marks();
  for (let round = 0; round < 2; round++) {
    await announced(1, () => operate(api.rotateKeys, {}));
    control.advance(minuteMs);
    await keepKeys(ctx, one.keyring, sealedColumns);
    await announced(2, () => operate(api.rotateMasterKey, {}));
    await announced(1, () => operate(api.forgetMasterKey, {}));
  }
  const reached = loads.map(({ answered }) => answered);
  await until(
    () => isFailed() || loads.every(({ answered }, at) => answered > Math.max(100, (reached[at] as number) + 30)),
  );
  for (const load of loads) await load.end();
  assert.deepEqual(
    loads.flatMap(({ failed }) => failed),
    [],
  );
  for (const [at, mark] of marks().entries()) assert.notEqual(mark, before[at]);
  await keepKeys(ctx, one.keyring, sealedColumns);
  for (const column of sealedColumns) {
    const { present, all } = await resealProgress(ctx, column);
    assert.equal(present, all, `${column.table}.${column.column}`);
  }
  assert.equal((await operate(api.showKeyring, {})).masters.length, 1);
});

test("a setting that is changed on one replica counts on the other with the next request", async () => {
  const [one, other] = [await replica({ newsTakesMs: 0 }), await replica({ newsTakesMs: 0 })];
  const { token } = await control.as("super_admin");
  const name = "fleet.offline_after_seconds";
  for (const value of [60, 70]) {
    await one.call(token)(settings.changeSetting, { name, value });
    const { items } = await other.call(token)(settings.listSettings, {});
    assert.equal(items.find((item) => item.name === name)?.value, value);
  }
});

test("nobody but a super admin touches the keys", async () => {
  for (const role of ["admin", "distributor", "customer"] as const) {
    const person = await control.as(role);
    for (const route of [api.showKeyring, api.rotateKeys, api.rotateMasterKey, api.forgetMasterKey])
      assert.equal(await refusalOf(person(route, {})), "403 accounts.not_permitted");
  }
});

test("every place that is sealed in the code belongs to a column whose values are sealed anew", () => {
  const root = resolve(import.meta.dirname, "../../..");
  const sources = globSync(["core/**/*.ts", "offerings/**/*.ts"], {
    cwd: root,
    exclude: (path) => path.endsWith(".test.ts"),
  });
  const known = new Set(sealedColumns.map(({ table, column }) => `${table}|${column}`));
  // The first is sealed with keys that are in a column of the list; the other lives for two days.
  const others = new Set(["events|personal", "idempotency_keys|reply"]);
  const found = new Set<string>();
  for (const path of sources) {
    const text = readFileSync(resolve(root, path), "utf8");
    for (const [, field] of text.matchAll(/`([a-z_]+\|[a-z_]+)\|\$\{/g))
      if (!others.has(String(field))) found.add(String(field));
  }
  assert.ok(found.size >= 6, `saw only ${[...found]}`);
  const missing = [...found].filter((field) => !known.has(field));
  assert.deepEqual(missing, [], "add it to sealedColumns in keys.ts");
});
