import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { newSecret } from "@berth/kit";
import type { FastifyInstance } from "fastify";
import type { KyselyPlugin } from "kysely";
import pino from "pino";
import { factorRoutes, identifyWith } from "../../core/access/index.ts";
import { accountRoutes } from "../../core/accounts/index.ts";
import { isPasswordOf } from "../../core/accounts/password.ts";
import { findCredential } from "../../core/accounts/store.ts";
import { createServer } from "../../core/platform/server.ts";
import { type TestControl, testControl } from "../support/control.ts";
import { newMember } from "../support/members.ts";

let control: TestControl;
/** Only what is asked about accounts: nothing else makes statements meanwhile. */
let app: FastifyInstance;
let statements = 0;

const counting: KyselyPlugin = {
  transformQuery: ({ node }) => {
    statements++;
    return node;
  },
  transformResult: async ({ result }) => result,
};

before(async () => {
  control = await testControl();
  const ctx = { ...control.ctx, db: control.ctx.db.withPlugin(counting) };
  const log = pino({ level: "silent" });
  app = await createServer({ ctx, log, identify: identifyWith("http://test"), requireProof: async () => {} });
  accountRoutes(app);
  factorRoutes(app, "http://test");
  await app.ready();
});
after(async () => {
  await app.close();
  await control.close();
});

interface Ask {
  readonly url: string;
  readonly body: (email: string) => object;
  /** Statements that an account takes more or less: the rows that it is made of. */
  readonly own: number;
}

/** Of some milliseconds that a hash takes or a mail, a few statements can't be told apart by asking five times an hour. */
const few = 2;

const password = "no password of anybody";
const asks: Readonly<Record<string, Ask>> = {
  "signing in": { url: "/api/v1/sessions", body: (email) => ({ email, password }), own: 0 },
  "asking for a new password": { url: "/api/v1/accounts/reset", body: (email) => ({ email }), own: 0 },
  "setting a new password": {
    url: "/api/v1/accounts/reset/confirm",
    body: (email) => ({ email, password, code: "000000" }),
    own: 0,
  },
  "signing up": {
    url: "/api/v1/accounts",
    body: (email) => ({ email, password, username: `u${newSecret().slice(0, 12)}` }),
    own: 3,
  },
};

async function answerTo({ url, body }: Ask, email: string) {
  statements = 0;
  const reply = await app.inject({ method: "POST", url, payload: body(email) });
  const { traceId: _, ...said } = reply.json();
  return { said: { status: reply.statusCode, ...said }, cookie: reply.headers["set-cookie"], statements };
}

describe("whether an address has an account", () => {
  for (const [what, ask] of Object.entries(asks)) {
    test(`${what} neither says nor takes more than a few statements for`, async () => {
      const known = await answerTo(ask, (await newMember(control)).email);
      const unknown = await answerTo(ask, `${newSecret().slice(0, 12)}@example.com`);
      assert.deepEqual(unknown.said, known.said);
      assert.equal(unknown.cookie, known.cookie);
      const more = Math.abs(unknown.statements - known.statements);
      assert.ok(
        known.statements > 0 && more <= ask.own + few,
        `${unknown.statements} and ${known.statements} statements`,
      );
    });
  }

  /** How many of so many at once are turned away since too many passwords are looked at. */
  async function storm(one: () => Promise<number>): Promise<number> {
    const answers = await Promise.all(Array.from({ length: 200 }, one));
    return answers.filter((status) => status === 429).length;
  }

  const signIn = (email: string) => async () => {
    return (await app.inject({ method: "POST", url: "/api/v1/sessions", payload: { email, password } })).statusCode;
  };

  test("shows in no work: a password is looked at for an unknown address as well", async () => {
    const { email } = await newMember(control);
    assert.ok((await storm(signIn(email))) > 0);
    assert.ok((await storm(signIn("nobody@example.com"))) > 0);
  });

  test("the control: where nothing is looked at without an account, the storm shows it", async () => {
    const { email } = await newMember(control);
    const hasty = (email: string) => async () => {
      const credential = await findCredential(control.ctx, email);
      if (!credential?.password) return 401;
      return isPasswordOf(credential.password, password).then(
        () => 401,
        () => 429,
      );
    };
    assert.ok((await storm(hasty(email))) > 0);
    assert.equal(await storm(hasty("nobody@example.com")), 0);
  });
});
