import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { Assertion, Attestation } from "./factor.ts";
import { ticketMs } from "./factor.ts";
import type { PasskeyRow } from "./passkey-store.ts";

/** Loaded with the first passkey: it is large, and many have none. */
const library = () => import("@simplewebauthn/server");

/** For whom passkeys are made: from the configured address alone, never from what a request says. */
export interface Site {
  readonly id: string;
  readonly origin: string;
}

export function siteOf(publicUrl: string): Site {
  const { hostname, origin } = new URL(publicUrl);
  return { id: hostname, origin };
}

/** The fingerprint or PIN behind a passkey is asked for where the passkey stands alone. */
export type UserVerification = "required" | "preferred";

/** What a browser needs to make a passkey. Nothing is asked about the maker of the device. */
export async function registrationOptions(
  site: Site,
  account: { id: string; username: string },
  known: readonly PasskeyRow[],
) {
  const { generateRegistrationOptions } = await library();
  return generateRegistrationOptions({
    rpName: "Berth",
    rpID: site.id,
    userName: account.username,
    userID: new Uint8Array(Buffer.from(account.id)),
    attestationType: "none",
    timeout: ticketMs,
    excludeCredentials: known.map(toDescriptor),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  });
}

/** What a browser needs to use one of these passkeys; without any, one that it finds itself. */
export async function assertionOptions(site: Site, known: readonly PasskeyRow[], userVerification: UserVerification) {
  const { generateAuthenticationOptions } = await library();
  return generateAuthenticationOptions({
    rpID: site.id,
    timeout: ticketMs,
    userVerification,
    ...(known.length > 0 ? { allowCredentials: known.map(toDescriptor) } : {}),
  });
}

function toDescriptor({ credential_id, transports }: PasskeyRow) {
  return { id: credential_id, transports };
}

/** The passkey that was made for this challenge; nothing when the answer is not right. */
export async function readAttestation(site: Site, challenge: string, attestation: Attestation) {
  const { verifyRegistrationResponse } = await library();
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: attestation as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.id,
      requireUserVerification: false,
    });
    return registrationInfo?.credential;
  } catch {
    // The library throws for every way in which an answer can be wrong.
    return undefined;
  }
}

/** The counter that a passkey signed with this challenge; nothing when the answer is not right. */
export async function readAssertion(
  site: Site,
  challenge: string,
  assertion: Assertion,
  { row, userVerification }: { row: PasskeyRow; userVerification: UserVerification },
): Promise<bigint | undefined> {
  const { userHandle } = assertion.response;
  if (userHandle && userHandle !== Buffer.from(row.account_id).toString("base64url")) return undefined;
  const { verifyAuthenticationResponse } = await library();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: assertion as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.id,
      requireUserVerification: userVerification === "required",
      // Whether the counter grew is settled by the row, where parallel answers meet.
      credential: { id: row.credential_id, publicKey: new Uint8Array(row.public_key), counter: 0 },
    });
    return verified ? BigInt(authenticationInfo.newCounter) : undefined;
  } catch {
    return undefined;
  }
}
