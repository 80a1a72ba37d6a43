import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { goTool } from "../tools.ts";

/** The name of an image with nothing but derper in it. Ask `need(t, "go")` and `need(t, "docker")` first. */
export async function derperImage(): Promise<string> {
  const derper = await goTool("derper");
  const image = `berth-test/derper:${Math.floor(statSync(derper).mtimeMs)}`;
  if (spawnSync("docker", ["image", "inspect", image], { stdio: "ignore" }).status === 0) return image;
  const tar = spawn("tar", ["-c", "-C", dirname(derper), basename(derper)], { stdio: ["ignore", "pipe", "inherit"] });
  const change = `ENTRYPOINT ["/${basename(derper)}"]`;
  const docker = spawn("docker", ["import", "--change", change, "-", image], { stdio: ["pipe", "ignore", "inherit"] });
  tar.stdout.pipe(docker.stdin);
  const [code] = await once(docker, "exit");
  if (code !== 0) throw new Error(`docker import ended with ${code}`);
  return image;
}
