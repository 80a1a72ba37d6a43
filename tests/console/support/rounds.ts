import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { CDPSession, Locator } from "playwright-core";

/** What a page asks for at once: nothing of it waits for anything else of it. */
type Round = readonly string[];

interface Held {
  readonly requestId: string;
  readonly networkId: string;
  readonly path: string;
}

/** So often without what is looked for, and it does not come. */
const mostLooks = 100;

/**
 * How often a visit waits for an answer before it shows what is looked for. Whatever the page asks for is held until it asks for
 * nothing more, and is then let go together: so what comes in one round needs nothing but the rounds before, however quick or
 * slow the machine is. A busy one may only make it look like more.
 */
export async function roundsOf(session: CDPSession, url: string, useful: Locator): Promise<Round[]> {
  const held: Held[] = [];
  const open = new Set<string>();
  session.on("Fetch.requestPaused", ({ requestId, networkId = requestId, request }) => {
    held.push({ requestId, networkId, path: new URL(request.url).pathname });
  });
  const forget = ({ requestId }: { requestId: string }) => void open.delete(requestId);
  session.on("Network.loadingFinished", forget);
  session.on("Network.loadingFailed", forget);
  await session.send("Network.enable");
  await session.send("Fetch.enable", { patterns: [{ urlPattern: `${new URL(url).origin}/*` }] });
  const visited = useful.page().goto(url, { waitUntil: "commit" });
  while (held.length === 0) await setImmediate();
  const rounds: Round[] = [];
  for (let looks = 0; rounds.length === 0 || !(await useful.isVisible()); looks++) {
    assert.ok(looks < mostLooks, `${url} does not show what is looked for`);
    const round = held.splice(0);
    if (round.length > 0) rounds.push(round.map(({ path }) => path));
    for (const { networkId } of round) open.add(networkId);
    await Promise.all(round.map(({ requestId }) => session.send("Fetch.continueRequest", { requestId })));
    while (open.size > 0) await setImmediate();
    await visited;
    await rest(session);
  }
  await session.send("Fetch.disable");
  return rounds;
}

/** Until the page has done all that it can do without another answer: it has had many turns and asked for nothing. */
async function rest(session: CDPSession): Promise<void> {
  const turns =
    "new Promise((done) => { let left = 25; const turn = () => (left-- ? setTimeout(turn) : done()); turn(); })";
  await session.send("Runtime.evaluate", { expression: turns, awaitPromise: true });
}
