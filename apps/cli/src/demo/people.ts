import { accounts, type Call, createClient, leases, notices, orders, type ReplyOf } from "@berth/api";
import { formatNodeKey, type KeyPair, newKeyPair } from "@berth/derp";
import { newSecret } from "@berth/kit";

export type Lease = ReplyOf<typeof leases.getLease>;

/** Somebody who is signed in. */
export interface Person {
  readonly name: string;
  readonly call: Call;
}

export interface Device {
  readonly id: ReplyOf<typeof leases.addDevice>["id"];
  readonly name: string;
  readonly keys: KeyPair;
}

/** Signs the operator in. */
export async function operatorOf(site: { url: string; email: string; password: string }): Promise<Call> {
  const answer = await createClient(site)(accounts.signIn, { email: site.email, password: site.password });
  if (!("token" in answer)) throw new Error("this operator has a second factor, which nobody is here to show");
  return createClient({ url: site.url, token: () => answer.token });
}

/** Signs a new customer up as they would themselves; the mailed code is read in the operator's outbox. */
export async function signUp(url: string, operator: Call, name: string): Promise<Person> {
  const anonymous = createClient({ url });
  const suffix = newSecret().slice(0, 8);
  const [email, password] = [`${name}-${suffix}@example.com`, newSecret()];
  await anonymous(accounts.signUp, { username: `${name}-${suffix}`, email, password });
  const code = await mailedCode(operator, email);
  const { token } = await anonymous(accounts.verifyEmail, { email, code, password });
  return { name, call: createClient({ url, token: () => token }) };
}

async function mailedCode(operator: Call, email: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const { items } = await operator(notices.listOutbox, { address: email });
    const code = /\b\d{6}\b/.exec(items[0]?.body ?? "")?.[0];
    if (code) return code;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no code in the outbox: the demo needs a Berth without a mail server");
}

export async function redeem({ call }: Person, code: string): Promise<{ lease: Lease; ms: number }> {
  const startedAt = performance.now();
  const { lease } = await call(orders.redeemSerial, { code });
  return { lease, ms: performance.now() - startedAt };
}

/** Registers a new device with a lease. */
export async function addDevice({ call }: Person, lease: Lease, name: string): Promise<Device> {
  const keys = newKeyPair();
  const { id } = await call(leases.addDevice, { leaseId: lease.id, key: formatNodeKey(keys.publicKey), name });
  return { id, name, keys };
}
