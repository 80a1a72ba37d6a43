import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { enrol, isIssuedBy, makeKeyPair, type NodeIdentity, renew, splitCertificates } from "@berth/link";
import { readIfExists, writeAtomically } from "./atomic-file.ts";

/** Who this node is, on disk. The key is made once and stays: it is what control knows the node by. */
export interface IdentityStore {
  /** Absent until enrolled. */
  current(): NodeIdentity | undefined;
  /** Trades the token for an identity and keeps it. Throws a `Refusal` when control does not take the token. */
  enrol(input: { url: string; token: string; name: string; signal: AbortSignal }): Promise<void>;
  /** Gets a new certificate and keeps it. */
  renew(url: string, signal: AbortSignal): Promise<void>;
  trust(authorities: string): Promise<void>;
}

export async function openIdentity(folder: string): Promise<IdentityStore> {
  const path = join(folder, "identity.json");
  const text = await readIfExists(path);
  const stored: Partial<NodeIdentity> = text === undefined ? {} : JSON.parse(text);
  let identity = isWhole(stored) ? stored : undefined;
  let { privateKey } = stored;

  /** One change at a time, each of what the one before left: a new certificate and new authorities may come together. */
  let last: Promise<unknown> = Promise.resolve();
  function keep(change: (present: NodeIdentity | undefined) => NodeIdentity): Promise<void> {
    const kept = last.then(async () => {
      const next = change(identity);
      await writeAtomically(path, JSON.stringify(next, null, 2));
      identity = next;
    });
    last = kept.catch(() => undefined);
    return kept;
  }

  return {
    current: () => identity,
    async enrol({ url, token, name, signal }) {
      if (!privateKey) {
        // Kept before it is used: an agent that dies while control answers comes back with the same key.
        privateKey = await makeKeyPair();
        await writeAtomically(path, JSON.stringify({ privateKey }));
      }
      const enrolled = await enrol({ url, token, name, privateKey, signal });
      await keep(() => enrolled);
    },
    async renew(url, signal) {
      if (!identity) return;
      const renewed = await renew(url, identity, signal);
      await keep(() => renewed);
    },
    async trust(authorities) {
      if (identity && identity.authorities !== authorities) await keep((present) => ({ ...present!, authorities }));
    },
  };
}

function isWhole(stored: Partial<NodeIdentity>): stored is NodeIdentity {
  return Boolean(stored.nodeId && stored.privateKey && stored.certificate && stored.authorities);
}

/** Half of its life is over, or another authority signs now: the old one can't be retired before its nodes have moved. */
export function isRenewalDue({ certificate, authorities }: NodeIdentity, now: Date): boolean {
  const parsed = new X509Certificate(certificate);
  const [active] = splitCertificates(authorities);
  if (active && !isIssuedBy(parsed, new X509Certificate(active))) return true;
  return now.getTime() >= (parsed.validFromDate.getTime() + parsed.validToDate.getTime()) / 2;
}

export function hasExpired({ certificate }: NodeIdentity, now: Date): boolean {
  return now.getTime() >= new X509Certificate(certificate).validToDate.getTime();
}
