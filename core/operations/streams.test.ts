import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { audit, fleet, streams } from "@berth/api";
import { minuteMs, newId, newSecret, sleep } from "@berth/kit";
import { openFlow, type StreamMessage, type StreamMessageInit } from "@berth/link";
import { createApp } from "../../apps/control/src/control.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { enrolled, FakeAgent, testLink } from "../../tests/support/fake-agent.ts";
import { refusalOf } from "../../tests/support/refusal.ts";
import { Socket } from "../../tests/support/socket.ts";
import { hashToken } from "../accounts/session.ts";

let control: TestControl;
let operator: Person;
let link: Awaited<ReturnType<typeof testLink>>;
let app: Awaited<ReturnType<typeof createApp>>;
let url: string;
let agent: FakeAgent;
let other: FakeAgent;
const sockets: Socket[] = [];

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  link = await testLink(control);
  app = await createApp(control.ctx, {
    log: control.ctx.log as never,
    linkUrl: link.url,
    publicUrl: "http://test",
    keyring: control.keyring,
  });
  url = (await app.listen({ host: "127.0.0.1", port: 0 })).replace("http", "ws");
  agent = new FakeAgent(link.url, await enrolled(operator, link.url, "one"));
  other = new FakeAgent(link.url, await enrolled(operator, link.url, "two"));
  await Promise.all([agent.hear("welcome"), other.hear("welcome")]);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.leave();
});
after(async () => {
  await Promise.all([agent.close(), other.close()]);
  await app.close();
  await link.close();
  await control.close();
});

const shellTicket = (person: Person = operator) => person(streams.openShell, { nodeId: agent.nodeId });

function visit(ticket: string, token: string | undefined = operator.token): Socket {
  const socket = new Socket(`${url}${streams.streamPath.replace(":ticket", ticket)}`, token);
  sockets.push(socket);
  return socket;
}

type Wanted = { readonly id: string; readonly secret: string };

/** The node's end: it says what the test wants, and keeps what it hears. */
class Far {
  heard = "";
  readonly sizes: string[] = [];
  sent = 0;
  isOver = false;
  readonly ended: Promise<string>;
  readonly #over = new AbortController();
  readonly #outgoing: StreamMessageInit[] = [];
  #notice = Promise.withResolvers<void>();

  constructor(
    { id, secret }: Wanted,
    { identity }: FakeAgent = agent,
    onData: (far: Far, text: string) => void = () => {},
  ) {
    this.#outgoing.push({ message: { case: "opened", value: { id, secret } } });
    const flow = openFlow({ url: link.url, identity, messages: this.#messages(), signal: this.#over.signal });
    const take = ({ message }: StreamMessage) => {
      if (message.case === "size") this.sizes.push(`${message.value.columns} x ${message.value.rows}`);
      if (message.case !== "data") return;
      this.heard += Buffer.from(message.value).toString();
      onData(this, Buffer.from(message.value).toString());
    };
    this.ended = (async () => {
      for await (const message of flow) take(message);
    })()
      .then(() => "ended")
      .catch((error: Error & { code?: string }) => error.code ?? error.message)
      .finally(() => {
        this.isOver = true;
      });
  }

  /** Why it was not let in. */
  refusal(): Promise<string> {
    const none = new Promise<string>((resolve) => setTimeout(resolve, 5_000, "none").unref());
    return Promise.race([this.ended, none]).finally(() => this.leave());
  }

  say(data: string | Buffer): void {
    this.push({ message: { case: "data", value: Buffer.from(data) } });
  }

  push(message: StreamMessageInit): void {
    this.#outgoing.push(message);
    this.#notice.resolve();
  }

  leave(): void {
    this.#over.abort();
    this.#notice.resolve();
  }

  async *#messages(): AsyncGenerator<StreamMessageInit> {
    while (!this.#over.signal.aborted) {
      for (let next = this.#outgoing.shift(); next; next = this.#outgoing.shift()) {
        this.sent += 1;
        yield next;
      }
      this.#notice = Promise.withResolvers<void>();
      if (this.#outgoing.length === 0) await this.#notice.promise;
    }
  }
}

/** The same account, signed in once more, without a proof of anything. */
async function secondSession({ accountId }: Person): Promise<string> {
  const token = newSecret();
  const now = control.ctx.now();
  const dates = { created_at: now, updated_at: now, proven_at: null, expires_at: new Date(now.getTime() + minuteMs) };
  const session = { id: newId("session"), account_id: accountId, token_hash: hashToken(control.ctx, token), ...dates };
  await control.ctx.db.insertInto("sessions").values(session).execute();
  return token;
}

const echo = (far: Far, text: string) => far.say(text.toUpperCase());

/** Both ends of a new flow, joined. */
async function joined(person: Person = operator) {
  const { ticket, id } = await shellTicket(person);
  const near = visit(ticket, person.token);
  const wanted = await agent.hear("openStream", (stream) => stream.id === id);
  const far = new Far(wanted, agent, echo);
  await near.say("hello");
  await near.until(() => near.heard === "HELLO");
  return { near, far, ticket, wanted };
}

describe("a ticket", () => {
  test("joins its maker with an agent that only dials out; what either says comes to the other, whole and in order", async () => {
    const { near, far, wanted } = await joined();
    const { items } = await operator(audit.listEvents, {});
    const told = items.filter(({ data }) => (data as { streamId?: string }).streamId === wanted.id);
    assert.deepEqual(told.map(({ name }) => name).sort(), ["streams.joined", "streams.opened"]);
    assert.deepEqual([wanted.kind, wanted.input], ["shell", "{}"]);
    const text = Array.from({ length: 20_000 }, (_, n) => `line ${n}\n`).join("");
    for (let from = 0; from < text.length; from += 10_000) await near.say(text.slice(from, from + 10_000));
    await near.until(() => near.heard.length === text.length + 5);
    assert.equal(near.heard, `HELLO${text.toUpperCase()}`);
    assert.equal(far.heard, `hello${text}`);
  });

  test("works once, for a minute, and for the session that made it", async () => {
    const { ticket } = await joined();
    assert.match(await visit(ticket).closed(), /^4404/);

    const foreign = await control.as("super_admin");
    const mine = await shellTicket();
    assert.match(await visit(mine.ticket, foreign.token).closed(), /^4404/);
    assert.match(await visit(mine.ticket, "no session").closed(), /^4404/);
    assert.match(await visit(mine.ticket, await secondSession(operator)).closed(), /^4404/);
    const near = visit(mine.ticket); // those did not use it up
    await agent.hear("openStream", ({ id }) => id === mine.id);
    near.leave();

    const late = await shellTicket();
    control.advance(minuteMs);
    assert.match(await visit(late.ticket).closed(), /^4404/);
    assert.match(await visit("nonsense").closed(), /^4404/);
    assert.equal(agent.heard.filter((message) => message.case === "openStream").length, 0);
  });

  test("works once also when it is used many times at once", async () => {
    const { ticket, id } = await shellTicket();
    const all = Array.from({ length: 8 }, () => visit(ticket));
    const { secret } = await agent.hear("openStream", (stream) => stream.id === id);
    const far = new Far({ id, secret });
    far.say("you");
    await sleep(200);
    far.leave();
    const ends = await Promise.all(all.map((socket) => socket.closed()));
    assert.equal(ends.filter((end) => end.startsWith("4404")).length, 7);
    assert.deepEqual(all.map(({ heard }) => heard).filter(Boolean), ["you"]);
  });

  test("for a shell is made by super admins only, one for logs by those who may change nodes; nobody keeps it", async () => {
    const [admin, customer] = [await control.as("admin"), await control.as("customer")];
    assert.equal(await refusalOf(shellTicket(admin)), "403 accounts.not_permitted");
    assert.equal(await refusalOf(customer(streams.openLogs, { nodeId: agent.nodeId })), "403 accounts.not_permitted");
    const { ticket, id } = await admin(streams.openLogs, { nodeId: agent.nodeId, of: "relay" });
    visit(ticket, admin.token);
    const wanted = await agent.hear("openStream", (stream) => stream.id === id);
    assert.deepEqual([wanted.kind, wanted.input], ["logs", '{"of":"relay"}']);
    const { rows } = await control.database.pool.query("select string_agg(t::text, ' ') as text from streams t");
    assert.ok(!rows[0].text.includes(ticket));
    const nodeId = `node_${"0".repeat(26)}` as const;
    assert.equal(await refusalOf(operator(streams.openLogs, { nodeId })), "404 operations.no_such_target");
  });
});

describe("the node's end", () => {
  test("is that node's, with what it was told, once", async () => {
    const { ticket, id } = await shellTicket();
    const near = visit(ticket);
    const { secret } = await agent.hear("openStream", (stream) => stream.id === id);
    assert.equal(await new Far({ id, secret }, other).refusal(), "streams.not_here");
    assert.equal(await new Far({ id, secret: "guessed" }).refusal(), "streams.not_here");
    const far = new Far({ id, secret }, agent, echo);
    await near.say("still mine");
    await near.until(() => near.heard === "STILL MINE");
    assert.equal(await new Far({ id, secret }).refusal(), "streams.not_here");
    assert.equal(far.isOver, false);
  });

  test("says why it has nothing to offer", async () => {
    const { ticket, id } = await shellTicket();
    const near = visit(ticket);
    const { secret } = await agent.hear("openStream", (stream) => stream.id === id);
    new Far({ id, secret }).push({
      message: { case: "closed", value: { code: "x", detail: "this node allows no shëll" } },
    });
    assert.equal(await near.closed(), "4503 this node allows no sh?ll");
  });
});

describe("a flow", () => {
  test("carries the window's size beside what is said; any other text ends it", async () => {
    const { near, far } = await joined();
    await near.resize(120, 40);
    await near.say("x");
    await near.until(() => near.heard.endsWith("X"));
    assert.deepEqual(far.sizes, ["120 x 40"]);
    near.raw.send("{}");
    assert.match(await near.closed(), /^4503 a text must be/);
  });

  test("ends at both ends when either leaves", async () => {
    const one = await joined();
    one.near.leave();
    assert.equal(await one.far.ended, "ended");
    const two = await joined();
    two.far.leave();
    assert.match(await two.near.closed(), /^(1000|4503)/);
  });

  test("ends with the session that opened it", async () => {
    const person = await control.as("super_admin");
    const { near, far } = await joined(person);
    await control.ctx.db.deleteFrom("sessions").where("account_id", "=", person.accountId).execute();
    assert.match(await near.closed(), /^4401/);
    assert.equal(await far.ended, "ended");
  });

  test("ends when whoever opened it may not do so any more", async () => {
    const person = await control.as("super_admin");
    const { near } = await joined(person);
    await control.ctx.db.updateTable("accounts").set({ role: "admin" }).where("id", "=", person.accountId).execute();
    assert.match(await near.closed(), /^4401/);
  });

  test("makes a fast end wait for a slow one, and holds little meanwhile", async () => {
    const { near, far } = await joined();
    const before = far.sent;
    near.raw.pause();
    for (let n = 0; n < 500; n++) far.say(Buffer.alloc(64 * 1024));
    let sent = -1;
    while (sent !== far.sent) {
      sent = far.sent;
      await sleep(100);
    }
    assert.ok(far.sent - before < 250, `${far.sent - before} of 500 pieces were taken`);
    near.raw.resume();
    await near.until(() => near.heardBytes === 5 + 500 * 64 * 1024);
  });

  test("is one of eight at most that an account has at a time", async () => {
    const person = await control.as("super_admin");
    const all = [];
    for (let n = 0; n < 8; n++) all.push(await joined(person));
    const { ticket } = await shellTicket(person);
    assert.match(await visit(ticket, person.token).closed(), /^4429/);
    for (const { near } of all) near.leave();
    await Promise.all(all.map(({ far }) => far.ended));
  });

  test("ends when its node is revoked", async () => {
    const { near } = await joined();
    await operator(fleet.revokeNode, { nodeId: agent.nodeId, reason: "stolen" });
    assert.match(await near.closed(), /^(4401|4503)/);
  });
});
