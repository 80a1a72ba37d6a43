import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Context } from "../platform/context.ts";
import type { NewEvent, PersonalFields, SealedPart } from "./event.ts";
import { eraseKey, findPersonalKeys, insertPersonalKey } from "./personal-store.ts";

/** What a reader gets of one part: its fields, or nothing when its key was deleted. */
export interface PersonalPart {
  readonly of: string;
  readonly fields: PersonalFields | null;
}

/**
 * Seals what an event says about persons: the address it came from under its actor's key, the rest under the key of the account
 * that it is about. Nothing is kept about somebody whose key was erased.
 */
export async function sealPersonal(ctx: Context, id: string, event: NewEvent): Promise<SealedPart[] | null> {
  const { actor } = ctx;
  const self = actor.kind === "account" ? actor.accountId : undefined;
  const address = actor.kind === "account" || actor.kind === "anonymous" ? actor.address : undefined;
  const bySubject = new Map<string, Record<string, string>>();
  const add = (of: string, fields: PersonalFields) => bySubject.set(of, { ...bySubject.get(of), ...fields });
  if (address) add(self ?? event.accountId ?? month(ctx), { address });
  if (event.personal) add(event.accountId ?? self ?? month(ctx), event.personal);
  if (bySubject.size === 0) return null;

  const keys = await personalKeys(ctx, [...bySubject.keys()]);
  const parts = [...bySubject].flatMap(([of, fields]) => {
    const key = keys.get(of);
    return key ? [{ of, sealed: seal(key, place(id, of), JSON.stringify(fields)) }] : [];
  });
  return parts.length > 0 ? parts : null;
}

/** Opens the parts of many events at once. */
export async function personalOpener(
  ctx: Context,
  events: readonly { readonly personal: unknown }[],
): Promise<(id: string, personal: unknown) => PersonalPart[]> {
  const subjects = new Set(events.flatMap(({ personal }) => partsOf(personal).map(({ of }) => of)));
  const keys = opened(ctx, await findPersonalKeys(ctx, [...subjects]));
  return (id, personal) =>
    partsOf(personal).map(({ of, sealed }) => {
      const key = keys.get(of);
      const text = key && open(key, place(id, of), sealed);
      return { of, fields: text ? (JSON.parse(text) as PersonalFields) : null };
    });
}

/** Makes what events say about a person unreadable for good; the chain stays as it is. Safe to repeat. */
export async function eraseAccountKey(ctx: Context, accountId: string): Promise<void> {
  await eraseKey(ctx, accountId);
}

/** Whose key it is when nobody is signed in and no account is meant: such keys can be deleted by age. */
const month = (ctx: Context) => `month_${ctx.now().toISOString().slice(0, 7)}`;

const place = (id: string, of: string) => `events|personal|${id}|${of}`;
const keyPlace = (subject: string) => `event_personal_keys|key|${subject}`;

/** The keys of those who are not erased, made where there is none. */
async function personalKeys(ctx: Context, subjects: readonly string[]): Promise<Map<string, Buffer>> {
  const known = await findPersonalKeys(ctx, subjects);
  const missing = subjects.filter((subject) => !known.some((row) => row.subject === subject)).sort();
  if (missing.length === 0) return opened(ctx, known);
  for (const subject of missing)
    await insertPersonalKey(ctx, subject, ctx.keys.seal(keyPlace(subject), randomBytes(32)));
  return opened(ctx, await findPersonalKeys(ctx, subjects));
}

function opened(ctx: Context, rows: Awaited<ReturnType<typeof findPersonalKeys>>): Map<string, Buffer> {
  return new Map(
    rows.flatMap(({ subject, key }) => (key ? [[subject, ctx.keys.open(keyPlace(subject), key)] as const] : [])),
  );
}

function partsOf(personal: unknown): readonly SealedPart[] {
  return Array.isArray(personal) ? (personal as SealedPart[]) : [];
}

/** `12 B nonce | ciphertext | 16 B tag`, AES-256-GCM, bound to its event. */
function seal(key: Buffer, place: string, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/** Nothing for what was not sealed here: one event that was tampered with must not hide the others. */
function open(key: Buffer, place: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < 28) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}
