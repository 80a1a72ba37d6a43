import { createSecureContext, type SecureContext } from "node:tls";
import { type Certificate, chooseCertificate } from "./certificate.ts";
import { isAddress } from "./names.ts";
import { type TlsChoice, tlsRules } from "./rules.ts";

/** Where a certificate comes from: files of the operator, or the database, where Berth keeps its own. */
export type ShelfPart = "files" | "kept";

/**
 * The certificates that one replica has at hand. What is put here counts for the next handshake; connections that are open
 * stay with what they began with.
 */
export class Shelf {
  readonly #names: readonly string[];
  readonly #now: () => Date;
  readonly #rules: TlsChoice;
  readonly #parts: Record<ShelfPart, readonly Certificate[]> = { files: [], kept: [] };
  #contexts = new Map<string, SecureContext>();

  /** `names`: what control is reached by; the first one is served to who asks for none, unless there is an address. */
  constructor(names: readonly string[], { now, rules }: { now: () => Date; rules: TlsChoice }) {
    this.#names = names;
    this.#now = now;
    this.#rules = rules;
  }

  put(part: ShelfPart, certificates: readonly Certificate[]): void {
    this.#parts[part] = certificates;
    const known = new Set([...this.#parts.files, ...this.#parts.kept].map(({ fingerprint }) => fingerprint));
    this.#contexts = new Map([...this.#contexts].filter(([fingerprint]) => known.has(fingerprint)));
  }

  part(part: ShelfPart): readonly Certificate[] {
    return this.#parts[part];
  }

  /** What each name is served with, each certificate once. */
  inUse(): Certificate[] {
    return [...new Set(this.#names.flatMap((name) => this.#choose(name) ?? []))];
  }

  /** For who asks for this host. Who asks for an address can't say so (RFC 6066, 3), so that counts as an address. */
  contextFor(host: string | undefined): SecureContext | undefined {
    const chosen = (host && this.#choose(host.toLowerCase())) || this.#choose(this.#usual());
    if (!chosen) return undefined;
    const known = this.#contexts.get(chosen.fingerprint);
    if (known) return known;
    const made = createSecureContext({ ...tlsRules(this.#rules), cert: chosen.chain, key: chosen.key });
    this.#contexts.set(chosen.fingerprint, made);
    return made;
  }

  /** For who asks for nothing: in a form that a server takes. */
  usual(): { cert: string; key: string } | undefined {
    const chosen = this.#choose(this.#usual());
    return chosen && { cert: chosen.chain, key: chosen.key };
  }

  #usual(): string {
    return this.#names.find(isAddress) ?? this.#names[0] ?? "";
  }

  /** The operator's files go first, as long as they are good. */
  #choose(host: string): Certificate | undefined {
    const { files, kept } = this.#parts;
    const now = this.#now();
    const own = chooseCertificate(files, host, now);
    return own && now < own.notAfter ? own : chooseCertificate([...files, ...kept], host, now);
  }
}
