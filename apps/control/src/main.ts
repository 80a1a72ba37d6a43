import { onParentGone } from "@berth/kit";
import { readConfig } from "./config.ts";
import { startControl } from "./start.ts";

/** The control plane. Started as a child, it tells its parent when it is ready and ends when the parent is gone. */
const control = await startControl(readConfig());
process.send?.({ ready: true, url: control.url, linkPort: control.linkPort, firstLink: control.firstLink });

let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.exit(1), 10_000).unref();
  await control.close();
  process.exit(0);
}
process.once("SIGTERM", end);
process.once("SIGINT", end);
onParentGone(end);
