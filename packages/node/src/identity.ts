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

  async function keep(next: NodeIdentity): Promise<void> {
    await writeAtomically(path, JSON.stringify(next, null, 2));
    identity = next;
  }

  return {
    current: () => identity,
    async enrol({ url, token, name, signal }) {
      if (!privateKey) {
        // Kept before it is used: an agent that dies while control answers comes back with the same key.
        privateKey = await makeKeyPair();
        await writeAtomically(path, JSON.stringify({ privateKey }));
      }
      await keep(await enrol({ url, token, name, privateKey, signal }));
    },
    async renew(url, signal) {
      if (identity) await keep(await renew(url, identity, signal));
    },
    async trust(authorities) {
      if (identity && identity.authorities !== authorities) await keep({ ...identity, authorities });
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
