import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { connect, TLSSocket } from "node:tls";
import { Refusal, secondMs } from "@berth/kit";
import { readFirstLine } from "./rendezvous-ticket.ts";

/*
 * What two joined ends say to each other is under TLS of their own: the relay between them may be anybody's.
 *
 *   visitor → node   TLS 1.3, in which the node shows the key that control knows it by
 *   visitor → node   PROOF\n      control told the node its hash, so that the relay can't take the visitor's place
 */
const sealMs = 10 * secondMs;

interface NodeCredentials {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  /** SHA-256 of the visitor's proof, hex. */
  readonly proofHash: string;
}

/** The node's side; resolves when the visitor has proven who they are. */
export async function sealAsNode(
  way: Duplex,
  { certificate, privateKey, proofHash }: NodeCredentials,
): Promise<Duplex> {
  const socket = new TLSSocket(way as TLSSocket, {
    isServer: true,
    cert: certificate,
    key: privateKey,
    minVersion: "TLSv1.3",
  });
  return sealed(socket, way, async () => {
    const proof = createHash("sha256")
      .update(await readFirstLine(socket))
      .digest();
    if (!timingSafeEqual(proof, Buffer.from(proofHash, "hex"))) throw refused("whoever came is not who was announced");
  });
}

/** The visitor's side. `nodeKey`: SHA-256 of the public key (SPKI, DER) that the node must show, hex. */
export async function sealAsVisitor(
  way: Duplex,
  { nodeKey, proof }: { nodeKey: string; proof: string },
): Promise<Duplex> {
  const socket = connect({ socket: way, rejectUnauthorized: false, minVersion: "TLSv1.3" });
  return sealed(socket, way, async () => {
    await once(socket, "secureConnect");
    const key = socket.getPeerX509Certificate()?.publicKey.export({ format: "der", type: "spki" });
    if (!key || createHash("sha256").update(key).digest("hex") !== nodeKey)
      throw refused("the other end is not the node");
    socket.write(`${proof}\n`);
  });
}

async function sealed(socket: TLSSocket, way: Duplex, prove: () => Promise<void>): Promise<Duplex> {
  const end = () => {
    socket.destroy();
    way.destroy();
  };
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  socket.on("error", () => {}); // a close follows
  socket.once("close", () => {
    way.destroy();
    broken.reject(refused("the two ends could not agree"));
  });
  way.once("close", () => socket.destroy());
  const timer = setTimeout(end, sealMs);
  try {
    await Promise.race([prove(), broken.promise]);
    return socket;
  } catch (error) {
    end();
    throw error instanceof Refusal ? error : refused("the two ends could not agree");
  } finally {
    clearTimeout(timer);
  }
}

function refused(why: string): Refusal {
  return new Refusal("forbidden", "rendezvous.not_proven", why);
}
