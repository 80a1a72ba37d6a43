import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import { keyOf, readSettings } from "./settings-file.ts";

const schema = z.object({
  BERTH_DATA: z.string().default("./data"),
  BERTH_DATABASE_URL: z.url(),
  BERTH_HTTP_PORT: z.coerce.number().int().max(65_535).default(8080),
  BERTH_TRUSTED_PROXIES: z.string().optional(),
  BERTH_LOCAL_NODE: z.enum(["0", "1"]).default("1"),
  BERTH_MASTER_KEY: z.string().optional(),
  LOG_LEVEL: z.enum(["info", "warn"]).default("info"),
});
const head = "apiVersion: berth/v1\nkind: Settings\n";
const url = "postgres://db/berth";
let folder: string;
let path: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-settings-"));
  path = join(folder, "berth.yaml");
});
after(() => rm(folder, { recursive: true }));

async function read(text: string, env: Record<string, string> = {}) {
  await writeFile(path, text);
  return readSettings({ BERTH_SETTINGS_FILE: path, ...env }, schema, ["BERTH_STUN_PORT"]);
}

async function problemsOf(text: string, env: Record<string, string> = {}): Promise<string[]> {
  const error = await read(text, env).then(
    () => assert.fail("not refused"),
    (error: Error) => error,
  );
  assert.match(error.message, /^the settings are wrong:\n/);
  return error.message
    .split("\n")
    .slice(1)
    .map((line) => line.trim().replaceAll(path, "FILE"));
}

test("what the file says counts, the environment wins over it, and defaults fill the rest", async () => {
  const text = `${head}databaseUrl: ${url}\nhttpPort: 9000\nlogLevel: warn\nlocalNode: 0\ntrustedProxies: [10.0.0.0/8, 192.0.2.1]\nstunPort: 1\n`;
  const settings = await read(text, { BERTH_HTTP_PORT: "9001" });
  assert.deepEqual(settings, {
    BERTH_DATA: "./data",
    BERTH_DATABASE_URL: url,
    BERTH_HTTP_PORT: 9001,
    BERTH_TRUSTED_PROXIES: "10.0.0.0/8,192.0.2.1",
    BERTH_LOCAL_NODE: "0",
    LOG_LEVEL: "warn",
  });
});

test("JSON is read as well, and without a file the environment is all there is", async () => {
  assert.equal(
    (await read(JSON.stringify({ apiVersion: "berth/v1", kind: "Settings", databaseUrl: url, httpPort: 1 })))
      .BERTH_HTTP_PORT,
    1,
  );
  assert.equal(readSettings({ BERTH_DATABASE_URL: url, PATH: "/bin" }, schema).BERTH_HTTP_PORT, 8080);
});

test("text stays as it is written: digits of a key are no number", async () => {
  const key = `${"00".repeat(31)}1e`;
  assert.equal((await read(`${head}databaseUrl: ${url}\nmasterKey: ${key}\n`)).BERTH_MASTER_KEY, key);
});

test("everything that is wrong is told at once, each with its place", async () => {
  const text = `${head}\nhttpPort: many\nhttpPrt: 1\nlogLevel: loud\ndata: { a: 1 }\n`;
  const problems = await problemsOf(text, { BERTH_LOCAL_NODE: "yes" });
  assert.deepEqual(problems.map((line) => line.split(": ")[0]).sort(), [
    "BERTH_DATABASE_URL (not set)",
    "BERTH_LOCAL_NODE (environment)",
    "data (FILE:7)",
    "httpPort (FILE:4)",
    "httpPrt (FILE:5)",
    "logLevel (FILE:6)",
  ]);
});

test("a file of another kind or version, or without either, is refused", async () => {
  for (const first of [
    "",
    "apiVersion: berth/v2\nkind: Settings\n",
    "apiVersion: berth/v1\nkind: Setting\n",
    "kind: Settings\n",
  ])
    assert.match(
      (await problemsOf(`${first}databaseUrl: ${url}\n`)).join(),
      /must say "(apiVersion: berth\/v1|kind: Settings)"/,
    );
});

test("what is no settings file says so: broken, twice the same key, empty, missing", async () => {
  const env = { BERTH_DATABASE_URL: url };
  assert.match((await problemsOf(`${head}httpPort: [1\n`, env)).join(), /^FILE:\d/);
  assert.match((await problemsOf(`${head}httpPort: 1\nhttpPort: 2\n`, env)).join(), /^FILE:4: Map keys must be unique/);
  for (const text of ["", "just text", "- a list"])
    assert.deepEqual(await problemsOf(text, env), ["FILE: holds no settings"]);
  await rm(path);
  assert.throws(() => readSettings({ ...env, BERTH_SETTINGS_FILE: path }, schema), /can't be read \(ENOENT\)/);
});

test("a key that names what every object has is unknown all the same", async () => {
  for (const key of ["constructor", "__proto__", "toString"])
    assert.match((await problemsOf(`${head}databaseUrl: ${url}\n${key}: 1\n`)).join(), /there is no such setting/);
});

test("a variable's name and a file's key are the same words", () => {
  assert.deepEqual(["BERTH_HTTP_PORT", "LOG_LEVEL", "BERTH_DATA", "BERTH_DATABASE_URL"].map(keyOf), [
    "httpPort",
    "logLevel",
    "data",
    "databaseUrl",
  ]);
});
