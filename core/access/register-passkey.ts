import type { access, InputOf, ReplyOf } from "@berth/api";
import { Refusal } from "@berth/kit";
import { getAccount } from "../accounts/index.ts";
import { record } from "../audit/index.ts";
import { accountOf } from "../platform/actor.ts";
import { type Context, transaction } from "../platform/context.ts";
import { counted } from "./counted.ts";
import { type Passkey, wrongFactor } from "./factor.ts";
import { holdSession } from "./hold-session.ts";
import { readAttestation, registrationOptions, type Site } from "./passkey.ts";
import { deletePasskey, findPasskeys, insertPasskey, type PasskeyRow, saveName } from "./passkey-store.ts";
import { recordChange } from "./record-change.ts";
import { dropUselessRecoveryCodes, ensureRecoveryCodes } from "./recovery-codes.ts";
import { boundToSession } from "./step-up.ts";
import { saveChallenge, takeChallenge } from "./ticket-store.ts";

const mostPasskeys = 20;

export function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id as Passkey["id"],
    name: row.name,
    createdAt: row.created_at.toISOString(),
    usedAt: row.used_at?.toISOString() ?? null,
  };
}

export async function askNewPasskey(ctx: Context, site: Site): Promise<ReplyOf<typeof access.askNewPasskey>> {
  const account = await getAccount(ctx, accountOf(ctx.actor));
  const known = await findPasskeys(ctx, account.id);
  if (known.length >= mostPasskeys) throw tooManyPasskeys();
  const options = await registrationOptions(site, account, known);
  await saveChallenge(ctx, boundToSession(ctx, "register"), options.challenge);
  return { options: { ...options } };
}

function tooManyPasskeys(): Refusal {
  return new Refusal("conflict", "access.too_many_passkeys", `an account has at most ${mostPasskeys} passkeys`);
}

/** Registers what a browser made for this session's challenge. With the first factor come recovery codes. */
export async function addPasskey(
  ctx: Context,
  { name, attestation }: InputOf<typeof access.addPasskey>,
  site: Site,
): Promise<ReplyOf<typeof access.addPasskey>> {
  const accountId = accountOf(ctx.actor);
  return counted(ctx, async (ctx) => {
    const challenge = await takeChallenge(ctx, boundToSession(ctx, "register"));
    const credential = challenge && (await readAttestation(site, challenge, attestation));
    if (!credential) return wrongFactor();
    await holdSession(ctx);
    if ((await findPasskeys(ctx, accountId)).length >= mostPasskeys) return tooManyPasskeys();
    const row = await insertPasskey(ctx, {
      accountId,
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey),
      counter: BigInt(credential.counter),
      transports: credential.transports ?? [],
      name,
    });
    if (!row) return wrongFactor();
    await recordChange(ctx, accountId, { name: "access.passkey_added", data: { passkeyId: row.id } });
    return { passkey: toPasskey(row), recoveryCodes: await ensureRecoveryCodes(ctx, accountId) };
  });
}

function passkeyNotFound(passkeyId: string): Refusal {
  return new Refusal("not_found", "access.passkey_not_found", `no passkey ${passkeyId}`);
}

export async function renamePasskey(
  ctx: Context,
  { passkeyId, name }: InputOf<typeof access.renamePasskey>,
): Promise<Passkey> {
  return transaction(ctx, async (ctx) => {
    const row = await saveName(ctx, { accountId: accountOf(ctx.actor), passkeyId, name });
    if (!row) throw passkeyNotFound(passkeyId);
    await record(ctx, { name: "access.passkey_renamed", data: { passkeyId } });
    return toPasskey(row);
  });
}

export async function removePasskey(
  ctx: Context,
  { passkeyId }: InputOf<typeof access.removePasskey>,
): Promise<{ removed: true }> {
  const accountId = accountOf(ctx.actor);
  await transaction(ctx, async (ctx) => {
    if (!(await deletePasskey(ctx, accountId, passkeyId))) throw passkeyNotFound(passkeyId);
    await dropUselessRecoveryCodes(ctx, accountId);
    await recordChange(ctx, accountId, { name: "access.passkey_removed", data: { passkeyId } });
  });
  return { removed: true };
}
