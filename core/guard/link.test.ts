import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { guard as api, fleet } from "@berth/api";
import { newSecret } from "@berth/kit";
import { enrol, formatJoinToken, issue, makeKeyPair, makeRequest, parseJoinToken } from "@berth/link";
import type { Link } from "../../apps/control/src/link.ts";
import { makeAuthority } from "../../packages/link/src/authority.ts";
import { attempt as callAs, type Stranger } from "../../packages/link/src/test-caller.ts";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { enrolled, FakeAgent, testLink } from "../../tests/support/fake-agent.ts";
import { TrustedProxies } from "../platform/client-address.ts";
import { saveBan } from "./ban-store.ts";
import { Guard } from "./guard.ts";
import { limits } from "./limit.ts";

let control: TestControl;
let operator: Person;
let guard: Guard;
let link: Link & { url: string };

/** Where nothing is this machine itself, so that 127.0.0.1 and 127.0.0.2 are two places of the world. */
const guardOf = (given = limits) =>
  new Guard(control.ctx, { proxies: new TrustedProxies([]), limits: given, isHere: () => false });

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  guard = guardOf();
  link = await testLink(control, guard);
});
after(async () => {
  await link.close();
  await control.close();
});

/** Tries to come in at the link. */
const attempt = (method: "enrol" | "renew", token: string, from: Omit<Stranger, "url"> & { url?: string }) =>
  callAs(method, token, { url: link.url, ...from });

async function tokens(): Promise<(secret?: string) => string> {
  const { authority } = parseJoinToken((await operator(fleet.createJoinToken, {})).token);
  return (secret = newSecret()) => formatJoinToken({ secret, authority });
}

const counted = (codes: string[]) =>
  Object.fromEntries([...Map.groupBy(codes, (code) => code)].map(([code, { length }]) => [code, length]));

/** So many tries at once, until there were as many as this. */
async function flood(most: number, one: () => Promise<string>): Promise<string[]> {
  const codes: string[] = [];
  let begun = 0;
  const worker = async () => {
    while (begun++ < most) codes.push(await one());
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  return codes;
}

test("a flood of wrong tokens from one place is bounded and banned, and nodes elsewhere join and report meanwhile", async () => {
  const wrong = await tokens();
  const flooding = flood(150, () => attempt("enrol", wrong(), { localAddress: "127.0.0.2" }));
  const agent = new FakeAgent(link.url, await enrolled(operator, link.url, "honest"));
  await agent.hear("welcome");
  const codes = counted(await flooding);
  agent.say({ case: "readings", value: { sequence: 7n, readings: [] } });
  assert.equal((await agent.hear("readingsAccepted")).sequence, 7n);
  await agent.close();
  const tried = codes["fleet.join_token_invalid"] ?? 0;
  assert.ok(tried >= 10 && tried <= limits.enrol.address.most, JSON.stringify(codes));
  assert.equal(await attempt("enrol", wrong(), { localAddress: "127.0.0.2" }), "cut off");
  const ban = (await operator(api.listBans, {})).items.find(({ place }) => place === "127.0.0.2");
  assert.deepEqual(ban?.reasons, ["wrong_token"]);
});

test("the control: where the place is this machine itself, each of them is tried", async (t) => {
  const free = await testLink(control);
  t.after(() => free.close());
  const wrong = await tokens();
  const codes = await flood(90, () => attempt("enrol", wrong(), { url: free.url, localAddress: "127.0.0.2" }));
  assert.deepEqual(counted(codes), { "fleet.join_token_invalid": 90 });
});

test("one wrong token tried for ever is bounded, and bans nobody who shares the address", async () => {
  const one = (await tokens())();
  const codes = counted(await flood(90, () => attempt("enrol", one, { localAddress: "127.0.0.4" })));
  assert.equal(codes["fleet.join_token_invalid"], limits.enrol.address.most);
  assert.equal(codes["guard.too_many"], 90 - limits.enrol.address.most);
  const bans = (await operator(api.listBans, {})).items.map(({ place }) => place);
  assert.ok(!bans.includes("127.0.0.4"));
});

test("wrong certificates ban their place", async () => {
  const authority = await makeAuthority({ now: control.ctx.now() });
  for (let index = 0; index < 10; index++) {
    const key = await makeKeyPair();
    const options = { nodeId: "node_01jaaaaaaaaaaaaaaaaaaaaaaa", now: control.ctx.now() };
    const { certificate: cert } = await issue(authority, await makeRequest(key), options);
    assert.equal(await attempt("renew", "", { localAddress: "127.0.0.3", cert, key }), "link.untrusted_certificate");
  }
  for (let tries = 0; (await attempt("renew", "", { localAddress: "127.0.0.3" })) !== "cut off"; tries++) {
    assert.ok(tries < 100, "it was never banned");
  }
  const ban = (await operator(api.listBans, {})).items.find(({ place }) => place === "127.0.0.3");
  assert.deepEqual(ban?.reasons, ["wrong_certificate"]);
});

test("a node at a banned address is served, and nobody joins from there", async () => {
  const agent = new FakeAgent(link.url, await enrolled(operator, link.url, "neighbour"));
  await agent.hear("welcome");
  await agent.close();
  await saveBan(control.ctx, "127.0.0.1", ["wrong_token"]);
  guard.lookAgain();
  const again = new FakeAgent(link.url, agent.identity);
  await again.hear("welcome");
  await again.close();
  const { token } = await operator(fleet.createJoinToken, { name: "late" });
  await assert.rejects(enrol({ url: link.url, token, name: "late", privateKey: await makeKeyPair() }));
  await operator(api.liftBan, {
    banId: (await operator(api.listBans, {})).items.find((b) => b.place === "127.0.0.1")?.id ?? "ban_",
  });
  guard.lookAgain();
  assert.ok(await enrol({ url: link.url, token, name: "late", privateKey: await makeKeyPair() }));
});

test("connections of one place are counted before they shake hands", async (t) => {
  const few = { ...limits, link: { ...limits.link, address: { ...limits.link.address, most: 5 } } };
  const strict = await testLink(control, guardOf(few));
  t.after(() => strict.close());
  const wrong = (await tokens())();
  const codes = await flood(12, () => attempt("enrol", wrong, { url: strict.url, localAddress: "127.0.0.5" }));
  assert.equal(counted(codes)["cut off"], 7);
  assert.equal(
    await attempt("enrol", wrong, { url: strict.url, localAddress: "127.0.0.6" }),
    "fleet.join_token_invalid",
  );
});
