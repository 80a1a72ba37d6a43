import { readFile } from "node:fs/promises";
import { Refusal } from "@berth/kit";
import type { Log } from "../logger.ts";
import { type Certificate, isCovered, readCertificate } from "./certificate.ts";

/** Where one certificate of the operator's own lies: its chain, and its key. */
export interface CertificateFiles {
  readonly chain: string;
  readonly key: string;
}

/** Reads all of them. Refuses with every problem at once, each with its file. */
export async function readOwn(files: readonly CertificateFiles[], now: Date): Promise<Certificate[]> {
  const read = await Promise.allSettled(files.map((one) => readOne(one, now)));
  const problems = read.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).message] : []));
  if (problems.length > 0) throw wrongFiles(problems);
  return read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

async function readOne({ chain, key }: CertificateFiles, now: Date): Promise<Certificate> {
  const [chainPem, keyPem] = await Promise.all([readText(chain), readText(key)]);
  let certificate: Certificate;
  try {
    certificate = readCertificate(chainPem, keyPem);
  } catch (cause) {
    throw new Error(`${chain} with ${key}: ${(cause as Error).message}`, { cause });
  }
  const { notBefore, notAfter } = certificate;
  if (notAfter <= now) throw new Error(`${chain}: expired on ${notAfter.toISOString()}`);
  if (notBefore > now) throw new Error(`${chain}: is not valid before ${notBefore.toISOString()}`);
  return certificate;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Error(`${path}: can't be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/** Refuses when a name would be served with no certificate that is its own. */
export function requireCovered(names: readonly string[], own: readonly Certificate[]): void {
  const missing = names.filter((name) => !own.some((one) => isCovered(name, one)));
  if (missing.length === 0) return;
  const held = own.flatMap((one) => one.names).join(", ") || "none";
  throw wrongFiles(missing.map((name) => `no certificate is for ${name}: the files are for ${held}`));
}

function wrongFiles(problems: readonly string[]): Refusal {
  const lines = problems.map((problem) => `  ${problem}`).join("\n");
  return new Refusal("invalid", "tls.wrong_certificate", `the certificates can't be served:\n${lines}`);
}

export interface FollowOptions {
  readonly files: readonly CertificateFiles[];
  readonly names: readonly string[];
  readonly now: () => Date;
  readonly log: Log;
  /** Gets what was read whenever it is another. */
  readonly take: (certificates: readonly Certificate[]) => void;
}

/**
 * Reads the files again when told to. What is wrong is logged, once for each content, and changes nothing; so is the moment
 * between two files that are replaced one after the other.
 */
export class OwnFiles {
  readonly #options: FollowOptions;
  #said = "";
  #held: string;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: FollowOptions, held: readonly Certificate[]) {
    this.#options = options;
    this.#held = keyOf(held);
  }

  look(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#look());
    return this.#turn;
  }

  async #look(): Promise<void> {
    const { files, names, now, log, take } = this.#options;
    try {
      const read = await readOwn(files, now());
      requireCovered(names, read);
      this.#said = "";
      if (keyOf(read) === this.#held) return;
      this.#held = keyOf(read);
      take(read);
      log.info({ fingerprints: read.map(({ fingerprint }) => fingerprint) }, "own certificates reloaded");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.message !== this.#said)
        log.error({ error: error.message }, "own certificates refused, the last ones stay");
      this.#said = error.message;
    }
  }
}

const keyOf = (certificates: readonly Certificate[]) => certificates.map(({ fingerprint }) => fingerprint).join(" ");
