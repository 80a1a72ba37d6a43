import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { accounts, keys as api, leases, staff } from "@berth/api";
import { dayMs, hourMs, minuteMs, newId } from "@berth/kit";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { problemOf, refusalOf } from "../../tests/support/refusal.ts";
import { presentTokenKey, rotateTokenKeys, signsMs } from "./token-key.ts";

let control: TestControl;
let owner: Person;
/** A token as it is minted, apart. */
let good: { header: object; claims: Record<string, unknown>; text: string };
let signer: KeyObject;

before(async () => {
  control = await testControl();
  owner = await control.as("customer");
  good = read((await owner(api.mintToken, {})).token);
  signer = (await presentTokenKey(control.ctx)).privateKey;
});
after(() => control.close());

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());

function read(text: string) {
  const [header, claims] = text.split(".");
  return { header: decode(header), claims: decode(claims), text };
}

type Signer = (input: Buffer) => Buffer;

/** A token with other parts, signed by whatever the attacker has. */
function forge(change: { header?: object; claims?: object }, signature: Signer): string {
  const input = `${encode({ ...good.header, ...change.header })}.${encode({ ...good.claims, ...change.claims })}`;
  return `${input}.${signature(Buffer.from(input)).toString("base64url")}`;
}

const ours: Signer = (input) => sign(null, input, signer);
const stranger = generateKeyPairSync("ed25519");
const theirs: Signer = (input) => sign(null, input, stranger.privateKey);
const nobodys: Signer = () => Buffer.alloc(0);
const hmac =
  (key: string | Buffer): Signer =>
  (input) =>
    createHmac("sha256", key).update(input).digest();

async function saidOf(token: string): Promise<string> {
  return refusalOf(control.withToken(token)(leases.listLeases, {}));
}

async function publicKeys(): Promise<{ kid: string; x: string; [field: string]: string }[]> {
  const reply = await control.send("http://test/.well-known/jwks.json");
  assert.equal(reply.status, 200);
  return ((await reply.json()) as { keys: { kid: string; x: string }[] }).keys;
}

const seconds = () => Math.floor(control.ctx.now().getTime() / 1_000);

describe("a token", () => {
  test("is checked by anybody with the published keys, and acts for five minutes", async () => {
    const [key] = await publicKeys();
    assert.ok(key);
    assert.deepEqual(Object.keys(key).sort(), ["alg", "crv", "kid", "kty", "use", "x"]);
    const [header, claims, signature] = good.text.split(".");
    const published = createPublicKey({ key, format: "jwk" });
    const isOurs = verify(
      null,
      Buffer.from(`${header}.${claims}`),
      published,
      Buffer.from(signature ?? "", "base64url"),
    );
    assert.ok(isOurs);
    assert.deepEqual(good.header, { alg: "EdDSA", typ: "at+jwt", kid: key.kid });
    assert.equal(Number(good.claims.exp) - Number(good.claims.iat), 300);
    assert.equal(good.claims.sub, owner.accountId);

    const { token } = await owner(api.mintToken, {});
    const program = control.withToken(token);
    assert.equal((await program(accounts.getMe, {})).id, owner.accountId);
    control.advance(5 * minuteMs + 1_000);
    assert.equal(await refusalOf(program(accounts.getMe, {})), "401 access.token_refused");
  });

  test("is out at once when its session ends or its account is suspended, and follows its role", async () => {
    const root = await control.as("super_admin");
    const [signedOut, shutOut, promoted] = [
      await control.as("customer"),
      await control.as("customer"),
      await control.as("customer"),
    ];
    const [first, second, third] = await Promise.all(
      [signedOut, shutOut, promoted].map(async (person) => control.withToken((await person(api.mintToken, {})).token)),
    );
    assert.ok(first && second && third);
    await signedOut(accounts.signOut, {});
    assert.equal(await refusalOf(first(accounts.getMe, {})), "401 access.token_refused");
    await second(accounts.getMe, {});
    const accountId = shutOut.accountId as `account_${string}`;
    await root(staff.suspendAccount, { accountId, reason: "test" });
    assert.equal(await refusalOf(second(accounts.getMe, {})), "401 access.token_refused");

    assert.equal(await refusalOf(third(accounts.listAccounts, {})), "403 accounts.not_permitted");
    await root(staff.assignRole, { accountId: promoted.accountId as `account_${string}`, role: "admin" });
    await third(accounts.listAccounts, {});
  });

  test("renews nothing: another token, a key or a password takes the session itself", async () => {
    const { token } = await owner(api.mintToken, {});
    const program = control.withToken(token);
    const attempts = [
      program(api.mintToken, {}),
      program(api.createKey, { name: "More", scopes: ["self"], days: 1 }),
      program(accounts.changePassword, { currentPassword: "x", password: "quite another password" }),
    ];
    for (const { code, detail } of await Promise.all(attempts.map(problemOf))) {
      assert.equal(code, "access.needs_session");
      assert.match(detail, /a token can't/);
    }
  });
});

/** The clock went on since the token was minted. */
function renewClaims(): void {
  const iat = seconds();
  good.claims = { ...good.claims, iat, exp: iat + 300 };
}

describe("a token that somebody signed in another way", () => {
  before(renewClaims);

  test("is good only when this test signs it right, so that what follows fails for its own reason", async () => {
    await control.withToken(forge({}, ours))(leases.listLeases, {});
  });

  test("without a signature is refused, however `none` is spelled", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
      assert.equal(await saidOf(forge({ header: { alg } }, nobodys)), "401 access.token_refused", alg);
    }
    assert.equal(await saidOf(forge({}, nobodys)), "401 access.token_refused");
    assert.equal(await saidOf(forge({ header: { alg: "none" } }, ours)), "401 access.token_refused");
  });

  test("with the public key as a shared secret is refused, in any of its spellings", async () => {
    const [key] = await publicKeys();
    const published = createPublicKey({ key: key as object, format: "jwk" });
    const pem = published.export({ format: "pem", type: "spki" }).toString();
    const der = published.export({ format: "der", type: "spki" });
    const secrets = [
      pem,
      pem.trim(),
      ` ${pem}`,
      `\n${pem}`,
      `\t${pem}`,
      `${pem} `,
      der,
      Buffer.from(key?.x ?? "", "base64url"),
    ];
    for (const alg of ["HS256", "HS384", "HS512", "EdDSA"]) {
      for (const secret of secrets) {
        assert.equal(await saidOf(forge({ header: { alg } }, hmac(secret))), "401 access.token_refused");
      }
    }
  });

  test("with a key that is not ours is refused, wherever it says to find it", async () => {
    const jwk = stranger.publicKey.export({ format: "jwk" });
    const headers = [
      {},
      { kid: newId("tokenkey") },
      { kid: undefined },
      { kid: "../../etc/passwd" },
      { kid: "' or 1=1 --" },
      { jwk, kid: undefined },
      { jwk },
      { jku: "https://attacker.example/jwks.json" },
      { x5u: "https://attacker.example/cert.pem" },
    ];
    for (const header of headers) {
      assert.equal(await saidOf(forge({ header }, theirs)), "401 access.token_refused", JSON.stringify(header));
    }
  });
});

describe("a token that says something else", () => {
  before(renewClaims);

  test("of another kind, with another algorithm or demands that nobody knows is refused", async () => {
    const headers = [
      { kid: newId("tokenkey") },
      { kid: undefined },
      { typ: "JWT" },
      { typ: undefined },
      { crit: ["berth"], berth: true },
      { crit: ["exp"] },
      { crit: [] },
      { b64: false, crit: ["b64"] },
      { alg: "RS256" },
      { alg: "ES256" },
      { alg: undefined },
    ];
    for (const header of headers) {
      assert.equal(await saidOf(forge({ header }, ours)), "401 access.token_refused", JSON.stringify(header));
    }
  });

  test("for somebody else, by somebody else, or for another time is refused", async () => {
    const now = seconds();
    const other = await control.as("super_admin");
    const claims = [
      { iss: "http://attacker.example" },
      { iss: undefined },
      { aud: "another" },
      { aud: undefined },
      { exp: now - 1 },
      { exp: undefined },
      { exp: "never" },
      { nbf: now + 600 },
      { iat: now - 301, exp: now + 300 },
      { iat: now + 600, exp: now + 900 },
      { iat: undefined },
      { sub: other.accountId },
      { sub: undefined },
      { sid: newId("session") },
      { sid: undefined },
      { sid: { "": "" } },
      { jti: undefined },
    ];
    for (const claim of claims) {
      assert.equal(await saidOf(forge({ claims: claim }, ours)), "401 access.token_refused", JSON.stringify(claim));
    }
  });

  test("with a bit turned or parts that are none is refused", async () => {
    const right = forge({}, ours);
    const [header = "", claims = "", signature = ""] = right.split(".");
    const turned = (part: string) => `${part.startsWith("A") ? "B" : "A"}${part.slice(1)}`;
    const texts = [
      `${header}.${claims}.${turned(signature)}`,
      `${turned(header)}.${claims}.${signature}`,
      `${header}.${turned(claims)}.${signature}`,
      `${header}.${claims}`,
      `${right}.${signature}`,
      "..",
      ".",
      `${header}..${signature}`,
    ];
    for (const text of texts) assert.equal(await saidOf(text), "401 access.token_refused", text);
  });
});

describe("the keys that sign tokens", () => {
  /** From when on each signs, the last one first. */
  async function signingTimes(): Promise<number[]> {
    const rows = control.database.db.selectFrom("token_keys").select("signs_from").orderBy("signs_from", "desc");
    return (await rows.execute()).map(({ signs_from }) => signs_from.getTime());
  }

  test("are replaced by one that was published before it signs; the last one stays while its tokens live", async () => {
    const first = (await publicKeys()).map(({ kid }) => kid);
    assert.equal(first.length, 1);
    control.advance(signsMs / 2 + dayMs);
    await Promise.all([rotateTokenKeys(control.ctx), rotateTokenKeys(control.ctx)]);
    const two = (await publicKeys()).map(({ kid }) => kid);
    assert.equal(two.length, 2);
    const signsWith = async () => read((await owner(api.mintToken, {})).token).header;
    assert.deepEqual(await signsWith(), { ...good.header, kid: first[0] });

    const [newest] = await signingTimes();
    control.advance((newest ?? 0) - control.ctx.now().getTime() - minuteMs);
    const { token } = await owner(api.mintToken, {});
    assert.deepEqual(read(token).header, { ...good.header, kid: first[0] });
    control.advance(2 * minuteMs);
    await rotateTokenKeys(control.ctx);
    const next = two.find((kid) => kid !== first[0]);
    assert.deepEqual(await signsWith(), { ...good.header, kid: next });
    await control.withToken(token)(leases.listLeases, {});

    control.advance(hourMs);
    await rotateTokenKeys(control.ctx);
    assert.deepEqual(
      (await publicKeys()).map(({ kid }) => kid),
      [next],
    );
    assert.equal(await saidOf(token), "401 access.token_refused");
  });

  test("lie sealed in the database", async () => {
    const rows = await control.database.db.selectFrom("token_keys").selectAll().execute();
    assert.ok(rows.length > 0);
    for (const row of rows) {
      const der = control.ctx.keys.open(`token_keys|private_key|${row.id}`, row.private_key);
      assert.ok(!row.private_key.includes(der.subarray(-32)));
    }
  });

  test("come an hour before they sign, even after a long absence", async () => {
    control.advance(3 * signsMs);
    await rotateTokenKeys(control.ctx);
    const [newest] = await signingTimes();
    assert.ok((newest ?? 0) >= control.ctx.now().getTime() + hourMs - minuteMs);
  });
});
