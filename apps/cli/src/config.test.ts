import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readConfig as readControl } from "@berth/control/config";
import { readConfig } from "./config.ts";

test("one file serves the command line and control, each of which knows what the other reads", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "berth-cli-config-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "berth.yaml");
  const settings = [
    ...["apiVersion: berth/v1", "kind: Settings", "databaseUrl: postgres://db/berth", "httpPort: 9000", "localNode: 0"],
    ...["nodePorts: 1000-1010", "nodeAddresses: [a.example, 192.0.2.1]", "stunPort: 3479", "smtpUrl: smtp://mail"],
  ];
  await writeFile(file, settings.join("\n"));
  const env = { BERTH_SETTINGS_FILE: file };
  const { BERTH_NODE_ADDRESSES, BERTH_NODE_PORTS, BERTH_LOCAL_NODE } = readConfig(env);
  assert.deepEqual(
    [BERTH_NODE_ADDRESSES, BERTH_NODE_PORTS, BERTH_LOCAL_NODE],
    ["a.example,192.0.2.1", "1000-1010", "0"],
  );
  const { BERTH_HTTP_PORT, BERTH_SMTP_URL } = readControl(env);
  assert.deepEqual([BERTH_HTTP_PORT, BERTH_SMTP_URL], [9000, "smtp://mail"]);

  await writeFile(file, [...settings, "httpHosts: x"].join("\n"));
  for (const read of [readConfig, readControl])
    assert.throws(() => read(env), /httpHosts \(.*:10\): there is no such setting/);
});
