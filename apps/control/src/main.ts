import { onParentGone, Refusal } from "@berth/kit";
import { readConfig } from "./config.ts";
import { startControl } from "./start.ts";

/** The control plane. Started as a child, it tells its parent when it is ready and ends when the parent is gone. */
const control = await start();
process.send?.({ ready: true, url: control.url, linkPort: control.linkPort, firstLink: control.firstLink });

/** What only the operator can mend, such as a wrong setting or master key, is said in plain words, without a stack. */
async function start() {
  try {
    return await startControl(readConfig());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    if (process.send) await new Promise((sent) => process.send?.({ refused: error.message }, sent));
    process.exit(1);
  }
}

let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.exit(1), 10_000).unref();
  await control.close();
  process.exit(0);
}
if (control.reloadCertificates) process.on("SIGHUP", () => void control.reloadCertificates?.());
process.once("SIGTERM", end);
process.once("SIGINT", end);
onParentGone(end);
