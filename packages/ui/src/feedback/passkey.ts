import type { access, CallOf } from "@berth/api";

type Attestation = CallOf<typeof access.addPasskey>["attestation"];
type Assertion = Extract<CallOf<typeof access.stepUp>["proof"], { way: "passkey" }>["assertion"];

/** Whether this browser can make and use passkeys here: it knows the JSON of WebAuthn Level 3, and the site has a name. */
export function knowsPasskeys(): boolean {
  const isNamed = !/^[\d.]+$|^\[/.test(location.hostname);
  return isNamed && typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Has the browser make a passkey; nothing when its user changed their mind. */
export async function makePasskey(options: unknown): Promise<Attestation | undefined> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
  const made = await navigator.credentials.create({ publicKey }).catch(unlessUnwilling);
  if (!made) return undefined;
  const { id, rawId, response } = (made as PublicKeyCredential).toJSON() as RegistrationResponseJSON;
  const { clientDataJSON, attestationObject, transports } = response;
  return {
    id,
    rawId,
    type: "public-key",
    response: { clientDataJSON, attestationObject, ...(transports ? { transports } : {}) },
  };
}

/** Has the browser answer a challenge with a passkey; nothing when its user changed their mind. */
export async function askPasskey(options: unknown): Promise<Assertion | undefined> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
  const given = await navigator.credentials.get({ publicKey }).catch(unlessUnwilling);
  if (!given) return undefined;
  const { id, rawId, response } = (given as PublicKeyCredential).toJSON() as AuthenticationResponseJSON;
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  return {
    id,
    rawId,
    type: "public-key",
    response: { clientDataJSON, authenticatorData, signature, ...(userHandle ? { userHandle } : {}) },
  };
}

/** Nobody touched the key, or somebody closed the browser's question. */
function unlessUnwilling(error: unknown): null {
  if (error instanceof DOMException && ["NotAllowedError", "AbortError"].includes(error.name)) return null;
  throw error;
}
