import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "../core/platform/postgres-server.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** One throw-away server for a whole test run. Durability is off: it is thrown away. */
export async function startTestDatabase(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "berth-test-database-"));
  const server = await startPostgres({
    folder,
    log: quiet,
    settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off", shared_buffers: "256MB" },
  });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
