import assert from "node:assert/strict";
import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig } from "../../apps/control/src/config.ts";
import { type Control, startControl } from "../../apps/control/src/start.ts";
import { makeCertificate } from "../../tests/support/certificates.ts";
import { until } from "../../tests/support/issued.ts";
import { openDatabase } from "./database.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A server with a certificate, and the files of who vouches for it and of who does not. */
async function postgresWithTls(folder: string): Promise<{ server: PostgresServer; ca: string; stranger: string }> {
  const authority = await makeCertificate([]);
  const { certificate, key } = await makeCertificate(["localhost"], { issuer: authority });
  const ca = join(folder, "ca.pem");
  const stranger = join(folder, "stranger.pem");
  await writeFile(ca, authority.certificate);
  await writeFile(stranger, (await makeCertificate([])).certificate);

  const home = join(folder, "postgres");
  const first = await startPostgres({ folder: home, log: quiet });
  await first.stop();
  const own = { cert: join(home, "cluster", "own.pem"), key: join(home, "cluster", "own.key") };
  await writeFile(own.cert, certificate);
  await writeFile(own.key, key, { mode: 0o600 });
  const { uid, gid } = await stat(join(home, "cluster"));
  for (const path of Object.values(own)) await chown(path, uid, gid);
  const settings = { ssl: "on", ssl_cert_file: own.cert, ssl_key_file: own.key };
  return { server: await startPostgres({ folder: home, log: quiet, settings }), ca, stranger };
}

test("every connection of control to a database with TLS is encrypted, and verified", {
  timeout: 60_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "berth-database-"));
  let server: PostgresServer | undefined;
  let control: Control | undefined;
  t.after(async () => {
    await control?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { ca, stranger, ...started } = await postgresWithTls(folder);
  server = started.server;
  const { url: plain } = server;
  const url = (sslmode: string, more = "") => `${plain.replace("127.0.0.1", "localhost")}?sslmode=${sslmode}${more}`;
  const ask = async (address: string) => {
    const database = openDatabase(address, { connections: 1 });
    const one = database.pool.query("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()");
    return one
      .then(
        ({ rows }) => rows[0],
        (error: Error) => error.message,
      )
      .finally(() => database.close());
  };
  assert.deepEqual(await ask(url("verify-full", `&sslrootcert=${ca}`)), { ssl: true, version: "TLSv1.3" });
  assert.match(
    await ask(url("verify-full", `&sslrootcert=${stranger}`)),
    /certificate signature failure|unable to verify/,
  );
  const elsewhere = url("verify-full", `&sslrootcert=${ca}`).replace("localhost", "127.0.0.1");
  assert.match(await ask(elsewhere), /does not match certificate/);

  await mkdir(join(folder, "data"));
  await chmod(folder, 0o711);
  control = await startControl(
    readConfig({
      BERTH_DATA: join(folder, "data"),
      BERTH_DATABASE_URL: url("verify-full", `&sslrootcert=${ca}`),
      BERTH_HTTP_PORT: "0",
      BERTH_LINK_PORT: "0",
      BERTH_LINK_HOST: "127.0.0.1",
      BERTH_DRAIN_SECONDS: "0",
      LOG_LEVEL: "silent",
    }),
  );
  const database = openDatabase(plain, { connections: 1 });
  t.after(() => database.close());
  const rows = await until("that control listens", async () => {
    const { rows } = await database.pool.query(`select s.ssl, a.query like 'listen%' as listens
      from pg_stat_ssl s join pg_stat_activity a using (pid) where a.usename = 'berth' and pid <> pg_backend_pid()`);
    return rows.some(({ listens }) => listens) && rows;
  });
  assert.ok(rows.length > 1);
  assert.ok(rows.every(({ ssl }) => ssl));
});
