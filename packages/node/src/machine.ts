import { get } from "node:http";
import { arch, networkInterfaces, release, type } from "node:os";
import { minuteMs, secondMs } from "@berth/kit";

export interface MachineOptions {
  /** Absent: Docker is not looked for. */
  readonly dockerSocket?: string;
  /** What serves customers here says of itself; absent or failing: it is not known. */
  readonly relayVersion?: () => Promise<string>;
}

export interface Machine {
  readonly arch: string;
  readonly system: string;
  readonly hasIpv4: boolean;
  readonly hasIpv6: boolean;
  /** Empty when there is none, or it does not answer. */
  readonly dockerVersion: string;
  readonly relayVersion: string;
}

/** It changes when somebody installs something, so it is looked at now and then. */
const lookEveryMs = 5 * minuteMs;
/** What was not there may be starting. */
const lookAgainMs = 30 * secondMs;
const answerMs = 2 * secondMs;
const answerMostBytes = 64 * 1024;

/** Finds out what this machine is made of, and remembers it for a while. */
export class MachineFinder {
  readonly #options: MachineOptions;
  #found: { readonly machine: Machine; readonly untilMs: number } | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  async find(): Promise<Machine> {
    if (this.#found && performance.now() < this.#found.untilMs) return this.#found.machine;
    const { dockerSocket, relayVersion } = this.#options;
    const [docker, relay] = await Promise.all([
      dockerSocket ? dockerVersion(dockerSocket) : "",
      relayVersion?.().catch(() => "") ?? "",
    ]);
    const machine = {
      arch: arch(),
      system: `${type()} ${release()}`,
      ...families(),
      dockerVersion: docker,
      relayVersion: relay,
    };
    const isWhole = relay !== "" && (docker !== "" || !dockerSocket);
    this.#found = { machine, untilMs: performance.now() + (isWhole ? lookEveryMs : lookAgainMs) };
    return machine;
  }
}

/** Which kinds of addresses lead further than this machine and its own link. */
function families(): { hasIpv4: boolean; hasIpv6: boolean } {
  const outer = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ internal }) => !internal));
  return {
    hasIpv4: outer.some(({ family }) => family === "IPv4"),
    hasIpv6: outer.some(({ family, address }) => family === "IPv6" && !/^fe[89ab]/i.test(address)),
  };
}

/** Asked over plain HTTP: the whole client for Docker is loaded only where containers run. */
function dockerVersion(socketPath: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ socketPath, path: "/version", timeout: answerMs }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > answerMostBytes) request.destroy();
      });
      response.on("end", () => resolve(readVersion(text)));
      response.on("close", () => resolve(""));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(""));
  });
}

function readVersion(text: string): string {
  try {
    const { Version } = JSON.parse(text);
    return typeof Version === "string" ? Version.slice(0, 64) : "";
  } catch {
    return "";
  }
}
