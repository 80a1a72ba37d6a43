import { Refusal } from "@berth/kit";
import { hash, verify } from "@node-rs/argon2";

/** argon2id (the library's default kind) at OWASP's minimum: 19 MiB and some 14 ms of one core each. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const mostAtOnce = 2;
const mostWaiting = 64;

let running = 0;
const waiting: (() => void)[] = [];

export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, cost));
}

/** True when the password is the hash's. Without a hash the answer is no, after the same work. */
export async function isPasswordOf(passwordHash: string | undefined, password: string): Promise<boolean> {
  const isRight = await inTurn(() => verify(passwordHash ?? nobodysHash, password));
  return isRight && passwordHash !== undefined;
}

/** Of random bytes that nobody kept, at the same cost. */
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$LxlV85ALfqQZnl6SlU1sEA$InlP0YcIVobmKRhnjHsf4JyJCQHryAWvkeqm9nYujYk";

/** Bounds memory and the other routes' share of the cores: a few at once, some waiting, the rest refused. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= mostAtOnce) {
    if (waiting.length >= mostWaiting) {
      throw new Refusal("exhausted", "accounts.busy", "too many people sign in at this moment", {
        retryAfterSeconds: 2,
      });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}
