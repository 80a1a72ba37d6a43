import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeCertificate, putFiles } from "../../../tests/support/certificates.ts";
import type { Log } from "../logger.ts";
import type { Certificate } from "./certificate.ts";
import { OwnFiles, readOwn, requireCovered } from "./own-files.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-own-"));
});
after(() => rm(folder, { recursive: true }));

test("every file that can't be served is named, with what is wrong, all at once", async () => {
  const good = await makeCertificate(["a.example"]);
  const over = await putFiles(folder, "over", await makeCertificate(["b.example"], { days: { from: -9, to: -1 } }));
  const early = await putFiles(folder, "early", await makeCertificate(["c.example"], { days: { from: 2, to: 9 } }));
  const mixed = await putFiles(folder, "mixed", { ...good, key: (await makeCertificate(["d.example"])).key });
  const absent = { chain: join(folder, "absent.pem"), key: join(folder, "absent.key") };
  const error = await readOwn([over, early, mixed, absent], new Date()).then(
    () => assert.fail("not refused"),
    (error: Error) => error.message,
  );
  assert.match(error, /over\.pem: expired on 20/);
  assert.match(error, /early\.pem: is not valid before 20/);
  assert.match(error, /mixed\.pem with .*mixed\.key: the key is not that of the certificate/);
  assert.match(error, /absent\.pem: can't be read \(ENOENT\)/);
});

test("a name that no file is for is refused, with what the files are for", async () => {
  const files = await putFiles(folder, "names", await makeCertificate(["a.example", "*.b.example"]));
  const own = await readOwn([files], new Date());
  requireCovered(["a.example", "x.b.example"], own);
  assert.throws(
    () => requireCovered(["b.example"], own),
    /no certificate is for b\.example.*a\.example, \*\.b\.example/,
  );
});

test("files that change are taken; broken ones are said once, and what was served stays", async () => {
  const first = await makeCertificate(["a.example"]);
  const files = await putFiles(folder, "live", first);
  const held = await readOwn([files], new Date());
  const taken: (readonly Certificate[])[] = [];
  const said: string[] = [];
  const say = (level: string) => (fields: { error?: string }) => void said.push(`${level} ${fields.error ?? ""}`);
  const log = { error: say("error"), info: say("info") } as unknown as Log;
  const take = (certificates: readonly Certificate[]) => void taken.push(certificates);
  const own = new OwnFiles({ files: [files], names: ["a.example"], now: () => new Date(), log, take }, held);
  await own.look();
  assert.deepEqual([taken.length, said.length], [0, 0], "nothing changed");

  // Between two files that are replaced one after the other, they don't belong together.
  const second = await makeCertificate(["a.example"]);
  await writeFile(files.chain, second.certificate);
  await Promise.all([own.look(), own.look()]);
  assert.equal(taken.length, 0);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /^error .*\n.*live\.pem with .*live\.key: the key is not that of the certificate/);
  await writeFile(files.key, second.key);
  await own.look();
  assert.equal(taken.length, 1);
  assert.deepEqual(said.slice(1), ["info "]);

  await putFiles(folder, "live", await makeCertificate(["b.example"]));
  await own.look();
  assert.equal(taken.length, 1);
  assert.match(said[2] ?? "", /no certificate is for a\.example/);
  await rm(files.key);
  await own.look();
  assert.match(said[3] ?? "", /live\.key: can't be read/);
});
