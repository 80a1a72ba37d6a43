import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { keyring } from "@berth/api";
import { newSecret } from "@berth/kit";
import { until } from "../../apps/cli/src/demo/story.ts";
import { type Site, startSite } from "../support/site.ts";

let site: Site;
let agent: Agent;

before(async () => {
  agent = new Agent({ keepAlive: true, maxSockets: 128 });
  site = await startSite({ controls: 2, nodes: 0 });
});
after(async () => {
  agent.destroy();
  await site?.close();
});

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

/** Requests that open and seal: addresses, sessions, mails, the keys that sign tokens. */
const kinds: readonly (() => Asked)[] = [
  () => ({ method: "GET", path: "/me" }),
  () => ({ method: "GET", path: "/accounts?limit=10" }),
  () => ({ method: "GET", path: "/me/sessions" }),
  () => ({ method: "GET", path: "/notices/outbox?limit=5" }),
  () => ({ method: "POST", path: "/me/tokens", body: {} }),
  () => {
    const username = `u${newSecret().slice(0, 16)}`;
    return { method: "POST", path: "/accounts/create", body: { username, email: `${username}@example.com` } };
  },
];

/** What came back when it was not 200. */
function ask(url: string, { method, path, body }: Asked): Promise<string | undefined> {
  const text = body ? JSON.stringify(body) : undefined;
  const headers = {
    authorization: `Bearer ${site.token}`,
    ...(text ? { "content-type": "application/json", "content-length": Buffer.byteLength(text) } : {}),
  };
  return new Promise((resolve) => {
    const asked = request(`${url}/api/v1${path}`, { method, headers, agent, timeout: 20_000 }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk) => chunks.push(chunk));
      reply.on("end", () => {
        const said = Buffer.concat(chunks).toString().slice(0, 300);
        resolve(reply.statusCode === 200 ? undefined : `${method} ${path}: ${reply.statusCode} ${said}`);
      });
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer for 20 s")));
    asked.on("error", (error) => resolve(`${method} ${path}: ${error.message}`));
    asked.end(text);
  });
}

const perSecond = 500;
/** More are never on their way: a machine that is too slow gets fewer in a second, and not a heap of them. */
const mostAtOnce = 96;

/** Sends requests at a steady rate, to both replicas in turn and whatever became of those before, until told to end. */
function startLoad() {
  const startedAt = performance.now();
  const failures: string[] = [];
  const under = new Set<Promise<void>>();
  let sent = 0;
  let due = 0;
  const timer = setInterval(() => {
    due += perSecond / 100;
    for (; due >= 1; due--) {
      if (under.size >= mostAtOnce) continue;
      const { url } = site.controls[sent % site.controls.length] as { url: string };
      const kind = kinds[sent % kinds.length] as () => Asked;
      sent += 1;
      const one = ask(url, kind()).then((failure) => {
        if (failure) failures.push(failure);
        under.delete(one);
      });
      under.add(one);
    }
  }, 10);
  return {
    sent: () => sent,
    async end() {
      clearInterval(timer);
      const rate = sent / ((performance.now() - startedAt) / 1_000);
      await Promise.all(under);
      return { sent, failures, rate: Math.round(rate) };
    },
  };
}

/** Until so many more requests were sent: something is always on its way. */
async function afterMore(load: { sent(): number }, more: number): Promise<void> {
  for (const until = load.sent() + more; load.sent() < until; ) await sleep(10);
}

describe("under five hundred requests a second at two replicas", () => {
  test("the master key and every data key are replaced, and no request fails", async (t) => {
    const { masters: former } = await site.operator(keyring.showKeyring, {});
    const load = startLoad();
    await afterMore(load, 150);
    const { keys } = await site.operator(keyring.rotateKeys, {});
    assert.ok(keys.some(({ state }) => state === "next"));
    await afterMore(load, 150);
    const both = await site.operator(keyring.rotateMasterKey, {});
    assert.equal(both.masters.length, 2);
    await afterMore(load, 400);
    const { masters } = await site.operator(keyring.forgetMasterKey, {});
    assert.ok(masters.length === 1 && !former.includes(masters[0] as string), "it is another one");
    await afterMore(load, 150);
    const { sent, failures, rate } = await load.end();
    t.diagnostic(`${sent} requests, ${rate} a second were sent`);
    assert.deepEqual(failures.slice(0, 5), [], `${failures.length} of ${sent} failed`);
    assert.ok(sent >= 850);
  });

  test("a replica that starts afterwards has the new one, and opens what was sealed before", async () => {
    const replica = site.controls[1] as (typeof site.controls)[number];
    const former = replica.pid() as number;
    process.kill(former);
    await until("started again", async () => replica.pid() !== former, 20_000);
    await replica.firstMessage();
    assert.equal(await ask(replica.url, { method: "GET", path: "/accounts?limit=100" }), undefined);
  });
});
