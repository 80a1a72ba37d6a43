import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** `npm run bench -- NAME [--quick]`: runs one program of bench/, which prints a table and, as its last line, its figures as JSON. */
const folder = join(import.meta.dirname, "../bench");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
  .sort();
const [name = "", ...words] = process.argv.slice(2);
if (!names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- NAME [--quick]\n${names.map((known) => `  ${known}\n`).join("")}`);
  process.exit(2);
}
const child = spawn(process.execPath, [join(folder, `${name}.ts`), ...words], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
