import { type Call, certificates, createClient, type ReplyOf } from "@berth/api";
import type { Control } from "../../apps/control/src/start.ts";
import { shake } from "./secure-control.ts";
import { signInTo } from "./sign-in.ts";

/** Looks until there is something to see. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not seen: ${what}`);
}

/** The certificate that somebody gets who believes this authority and nobody else; without a name, at the address. */
export async function trusted({ securePort }: Control, root: string, servername?: string) {
  const options = servername ? { servername } : { checkServerIdentity: () => undefined };
  return shake(securePort as number, { ...options, ca: root, rejectUnauthorized: true }).then(
    ({ certificate }) => certificate,
    () => undefined,
  );
}

export async function operatorOf({ url }: Control): Promise<Call> {
  const operator = { email: "operator@example.com", password: "a password for tests" };
  const { token } = await signInTo(createClient({ url }), operator);
  return createClient({ url, token: () => token });
}

/** What an operator is shown of a name's certificate. */
export async function findShown(call: Call, name: string): Promise<Shown | undefined> {
  return (await call(certificates.listCertificates, {})).items.find(({ names }) => names.includes(name));
}

type Shown = ReplyOf<typeof certificates.renewCertificate>;
