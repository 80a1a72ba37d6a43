import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/*
 * Whether one gets through to a node, and whether it is that node. Who tries and who is tried share a secret that control gave them.
 *
 *   ask      "berth-reach1 " challenge " " HMAC(secret, "ask" protocol challenge) "\n"
 *   answer   HMAC(secret, "answer" protocol port challenge) "\n"
 *
 * Whoever asks without the secret hears nothing, and an answer is shorter than what was asked: nobody is flooded with it.
 */

export type Protocol = "tcp" | "udp";

const greeting = "berth-reach1";
const asking = /^berth-reach1 ([0-9a-f]{32}) ([0-9a-f]{64})\n$/;
/** Of what is asked; longer is something else. */
export const askBytes = greeting.length + 1 + 32 + 1 + 64 + 1;

export interface Ask {
  readonly text: string;
  /** Whether this is the answer of who was asked, at that port. */
  isAnswer(text: string, port: number): boolean;
}

export function makeAsk(secret: Uint8Array, protocol: Protocol): Ask {
  const challenge = randomBytes(16).toString("hex");
  return {
    text: `${greeting} ${challenge} ${sign(secret, "ask", protocol, challenge)}\n`,
    isAnswer: (text, port) => isSame(text, `${sign(secret, "answer", protocol, `${port}`, challenge)}\n`),
  };
}

/** What to say to somebody who asks at this port; nothing to who does not know the secret. */
export function answerTo(
  text: string,
  { secret, protocol, port }: { secret: Uint8Array; protocol: Protocol; port: number },
): string | undefined {
  const [, challenge = "", proof = ""] = asking.exec(text) ?? [];
  if (!challenge || !isSame(proof, sign(secret, "ask", protocol, challenge))) return undefined;
  return `${sign(secret, "answer", protocol, `${port}`, challenge)}\n`;
}

const sign = (secret: Uint8Array, ...words: string[]) =>
  createHmac("sha256", secret).update(words.join("\0")).digest("hex");

const isSame = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
