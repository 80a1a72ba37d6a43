import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { mainOf } from "../../apps/cli/src/program.ts";

test("the demo keeps every promise that it tells", { timeout: 120_000 }, async (t) => {
  const env = { ...process.env, BERTH_PUBLIC_URL: undefined };
  const demo = spawn(process.execPath, [mainOf("cli"), "demo"], { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  let said = "";
  demo.stdout?.on("data", (chunk) => {
    said += chunk;
  });
  const [code] = await once(demo, "exit");
  assert.equal(code, 0, said);
  assert.match(said, /All \d+ promises held\./);
  for (const line of said.split("\n").filter((line) => line.includes("percentile"))) t.diagnostic(line.trim());
});
