import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accounts, live as api, keys, permissions } from "@berth/api";
import { sleep } from "@berth/kit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { identifyWith } from "../../core/access/index.ts";
import type { Actor } from "../../core/platform/actor.ts";
import { appOver } from "../support/app.ts";
import { type Person, type TestControl, testControl } from "../support/control.ts";
import { liveClient } from "../support/live.ts";

let control: TestControl;

before(async () => {
  control = await testControl();
});
after(() => control.close());

type Identify = (request: FastifyRequest) => Promise<Actor>;

/** A control that listens; `weaken` takes a defence away from it. */
async function listening(t: { after(work: () => Promise<void>): void }, weaken?: (app: FastifyInstance) => Identify) {
  const app = await appOver(control.ctx);
  if (weaken) app.identify = weaken(app);
  t.after(() => app.close());
  return { app, url: await app.listen({ host: "127.0.0.1", port: 0 }) };
}

const credentialOf = ({ headers }: FastifyRequest) => String(headers.authorization ?? headers.cookie);

/** Asks once who somebody is, and then remembers it. */
function remembering(app: FastifyInstance): Identify {
  const ask = app.identify.bind(app);
  const known = new Map<string, Promise<Actor>>();
  return (request) => {
    const actor = known.get(credentialOf(request)) ?? ask(request);
    known.set(credentialOf(request), actor);
    return actor;
  };
}

/** Does not look at which site sends a request. */
function trustful(): Identify {
  const identify = identifyWith("http://test");
  return (request) => identify(control.ctx, request);
}

/** Reads what a token says, and believes it. */
function gullible(): Identify {
  return async (request) => {
    const [, claims = ""] = credentialOf(request).split(".");
    const { sub, sid } = JSON.parse(Buffer.from(claims, "base64url").toString());
    const all = new Set(permissions);
    return {
      kind: "account",
      accountId: sub,
      role: "super_admin",
      permissions: all,
      via: "token",
      sessionId: sid,
      address: "",
    };
  };
}

const asker =
  (url: string, token: string) =>
  async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as object) };
    return (await fetch(`${url}/api/v1${path}`, { ...init, headers })).status;
  };

describe("a session after its end", () => {
  async function useAfterSignOut(url: string): Promise<number> {
    const person = await control.as("customer");
    const ask = asker(url, person.token);
    assert.equal(await ask("/me"), 200);
    await person(accounts.signOut, {});
    return ask("/me");
  }

  test("opens nothing", async (t) => {
    assert.equal(await useAfterSignOut((await listening(t)).url), 401);
  });

  test("the control: it does where identity is remembered", async (t) => {
    assert.equal(await useAfterSignOut((await listening(t, remembering)).url), 200);
  });
});

describe("a socket that was opened as staff", () => {
  async function demoted(url: string) {
    const admin = await control.as("admin");
    const client = liveClient(url, { token: admin.token });
    await client.until("welcome");
    await control.database.pool.query("update accounts set role = 'customer' where id = $1", [admin.accountId]);
    return client;
  }

  test("is closed when its owner's role changes", async (t) => {
    assert.equal(await (await demoted((await listening(t)).url)).closed, api.closeCodes.changed);
  });

  test("the control: it stays open where identity is remembered", async (t) => {
    let asked = 0;
    const { url } = await listening(t, (app) => {
      const remember = remembering(app);
      return (request) => {
        asked++;
        return remember(request);
      };
    });
    const client = await demoted(url);
    const before = asked;
    for (let waitedMs = 0; asked < before + 2; waitedMs += 50) {
      assert.ok(waitedMs < 15_000, "it was never asked who they are");
      await sleep(50);
    }
    assert.equal(client.socket.readyState, client.socket.OPEN);
    client.socket.terminate();
  });
});

describe("a page of another site", () => {
  const evil = { origin: "http://evil.example", "sec-fetch-site": "cross-site" };

  async function forgeForm(url: string, person: Person, headers: Record<string, string>): Promise<number> {
    const sent = { "content-type": "application/json", cookie: `berth=${person.token}`, ...headers };
    return (await fetch(`${url}/api/v1/me/sign-out`, { method: "POST", body: "{}", headers: sent })).status;
  }

  async function forgeSocket(url: string, { token }: Person): Promise<boolean> {
    const client = liveClient(url, { headers: { cookie: `berth=${token}`, ...evil } });
    const opened = client.until("welcome").then(
      () => true,
      () => false,
    );
    const isOpen = await Promise.race([opened, client.closed.then(() => false)]);
    client.socket.terminate();
    return isOpen;
  }

  test("changes nothing and opens no socket with somebody's cookie", async (t) => {
    const { url } = await listening(t);
    const person = await control.as("customer");
    assert.equal(await forgeForm(url, person, evil), 403);
    // What a form of HTML can send is no JSON.
    assert.equal(await forgeForm(url, person, { ...evil, "content-type": "text/plain" }), 403);
    assert.equal(await forgeSocket(url, person), false);
    await person(accounts.getMe, {});
  });

  test("the control: it does both where nobody looks at the site", async (t) => {
    const { url } = await listening(t, trustful);
    const person = await control.as("customer");
    assert.equal(await forgeSocket(url, person), true);
    assert.equal(await forgeForm(url, person, evil), 200);
  });
});

describe("a token that nobody signed", () => {
  async function forgeToken(url: string): Promise<number> {
    const { token } = await (await control.as("customer"))(keys.mintToken, {});
    const [, claims] = token.split(".");
    const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
    return asker(url, `${header}.${claims}.`)("/accounts");
  }

  test("opens nothing", async (t) => assert.equal(await forgeToken((await listening(t)).url), 401));

  test("the control: it does where what it says is believed", async (t) => {
    assert.equal(await forgeToken((await listening(t, gullible)).url), 200);
  });
});
