import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { TestContext } from "node:test";

/** What a test may need and a machine may lack. Each answers what is missing, or nothing. */
const tools = {
  go: () => (runs("go", "version") ? undefined : "no `go` on PATH"),
  docker: () => (runs("docker", "info") ? undefined : "`docker info` finds no Docker Engine"),
  chromium: () => (findChromium() ? undefined : "no Chromium on PATH"),
  sshd: () => (existsSync("/usr/sbin/sshd") && runs("ssh", "-V") ? undefined : "no /usr/sbin/sshd, or no `ssh`"),
  netns: () => {
    const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
    const works = runs("unshare", ...asRoot, "--net", "ip", "link", "set", "lo", "up");
    return works ? undefined : "`unshare --net` makes no network namespace, or there is no `ip`";
  },
};

export type Tool = keyof typeof tools;

const known = new Map<Tool, string | undefined>();

/** Why this machine lacks the tool; nothing when it has it. */
export function missing(tool: Tool): string | undefined {
  if (!known.has(tool)) known.set(tool, tools[tool]());
  return known.get(tool);
}

/**
 * Whether the test can run. When not, the test is skipped with the reason and must return; with the tool listed in
 * BERTH_REQUIRE (`docker,go`, or `all`) it fails instead.
 *
 *   if (!need(t, "go")) return;
 */
export function need(t: TestContext, tool: Tool): boolean {
  const reason = missing(tool);
  if (reason === undefined) return true;
  if (isRequired(tool)) throw new Error(`BERTH_REQUIRE asks for ${tool}: ${reason}`);
  t.skip(`needs ${tool}: ${reason}`);
  return false;
}

/** The command that starts Chromium. */
function findChromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome"].find((command) => runs(command, "--version"));
}

function isRequired(tool: Tool): boolean {
  const required = (process.env.BERTH_REQUIRE ?? "").split(",").map((word) => word.trim());
  return required.includes("all") || required.includes(tool);
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore", timeout: 20_000 }).status === 0;
}
