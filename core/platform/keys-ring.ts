import { randomBytes } from "node:crypto";
import { Refusal, secondMs } from "@berth/kit";
import { type Kysely, sql } from "kysely";
import type { Tables } from "./gen/tables.ts";
import {
  arrange,
  createKeys,
  type DataKey,
  derive,
  firstKeys,
  type Keys,
  keysOver,
  masterFingerprint,
} from "./keys.ts";
import { openBytes, sealBytes } from "./keys-cipher.ts";
import type { Masters } from "./keys-master.ts";

/** Keys that lie in the database, wrapped by the master key, and can be replaced while everything runs. */
export interface Keyring extends Keys {
  readonly masters: Masters;
  /** Takes over what changed in the database and about the master key. */
  reload(): Promise<void>;
}

/** Told to all replicas when the keyring changed. */
export const keyringChannel = "keyring";

export interface KeyringOptions {
  readonly masters: Masters;
  readonly now: () => Date;
  /** Fields (`table|column`) that get a key of their own; all others share one. */
  readonly fields?: readonly string[];
  /** Throws when an installation older than the keyring was made with another master key. */
  readonly check?: (keys: Keys) => Promise<unknown>;
}

/** Opens the keyring of a database; makes it when there is none. Refuses a master key that does not open it. */
export async function openKeyring(db: Kysely<Tables>, options: KeyringOptions): Promise<Keyring> {
  const { masters, now } = options;
  await makeMissing(db, options);
  let opened = await load(db, masters);
  const keys = keysOver(() => opened, now);
  return {
    ...keys,
    get fingerprint() {
      return opened.fingerprint;
    },
    masters,
    async reload() {
      opened = await load(db, masters);
    },
  };
}

const always = new Date(0);
/** How long replicas have to hear of a key before one of them seals with it. They look every 5 s, told or not. */
export const publishMs = 15 * secondMs;

/** One change of the keyring at a time, over all replicas. */
export async function lockKeyring(db: Kysely<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('keyring'))`.execute(db);
}

async function makeMissing(db: Kysely<Tables>, { masters, now, fields = [], check }: KeyringOptions): Promise<void> {
  const present = await masters.read();
  await db.transaction().execute(async (db) => {
    await lockKeyring(db);
    const known = await db.selectFrom("data_keys").select("field").where("use", "=", "seal").execute();
    const missing = ["*", ...fields].filter((field) => !known.some((key) => key.field === field));
    const isFirst = known.length === 0;
    const keys = missing.map((field) => makeKey(field, isFirst ? always : new Date(now().getTime() + publishMs)));
    if (isFirst) {
      const [master] = present as [Buffer];
      await check?.(createKeys(master));
      keys.push(...firstKeys(master, always));
    }
    // While master keys change and not all are here, a new field does with the key that fields share.
    const wrapping = await wrappingMasters(db, present);
    if (keys.length > 0 && wrapping) await insertKeys(db, keys, { wrapping, at: now() });
  });
}

export function makeKey(field: string, sealsFrom: Date): DataKey {
  return { id: randomBytes(8).toString("hex"), field, use: "seal", key: randomBytes(32), sealsFrom };
}

/** Writes new keys, wrapped by each of these master keys. */
export async function insertKeys(
  db: Kysely<Tables>,
  keys: readonly DataKey[],
  { wrapping, at }: { wrapping: readonly Buffer[]; at: Date },
): Promise<void> {
  await db
    .insertInto("data_keys")
    .values(keys.map(({ id, field, use, sealsFrom }) => ({ id, field, use, seals_from: sealsFrom, created_at: at })))
    .execute();
  for (const master of wrapping) await insertWraps(db, keys, master);
}

/** The master keys that wrap everything now, or nothing when one of them is not here. At first, those that are here. */
export async function wrappingMasters(
  db: Kysely<Tables>,
  masters: readonly Buffer[],
): Promise<readonly Buffer[] | undefined> {
  const rows = await db.selectFrom("key_wraps").select("master").distinct().execute();
  if (rows.length === 0) return masters;
  const found = rows.map(({ master }) => masters.find((key) => masterFingerprint(key) === master));
  return found.every((key) => key !== undefined) ? found : undefined;
}

export async function insertWraps(db: Kysely<Tables>, keys: readonly DataKey[], master: Buffer): Promise<void> {
  const fingerprint = masterFingerprint(master);
  await db
    .insertInto("key_wraps")
    .values(keys.map((key) => ({ key_id: key.id, master: fingerprint, wrapped: wrap(master, key) })))
    .onConflict((conflict) => conflict.columns(["key_id", "master"]).doNothing())
    .execute();
}

/** All data keys, opened. Every one must be wrapped by a master key that is here. */
export async function loadKeys(db: Kysely<Tables>, masters: readonly Buffer[]): Promise<DataKey[]> {
  const wraps = await db.selectFrom("key_wraps").selectAll().execute();
  const rows = await db.selectFrom("data_keys").selectAll().execute();
  const byFingerprint = new Map(masters.map((master) => [masterFingerprint(master), master]));
  return rows.map(({ id, field, use, seals_from }) => {
    const mine = wraps.filter(({ key_id }) => key_id === id);
    const wrapped = mine.find(({ master }) => byFingerprint.has(master));
    if (!wrapped) {
      throw wrongMaster(
        masters,
        mine.map(({ master }) => master),
      );
    }
    const key = unwrap(byFingerprint.get(wrapped.master) as Buffer, { id, field, use }, wrapped.wrapped);
    return { id, field, use, key, sealsFrom: seals_from };
  });
}

async function load(db: Kysely<Tables>, masters: Masters) {
  const present = await masters.read();
  return arrange(masterFingerprint(present[0] as Buffer), await loadKeys(db, present));
}

type Named = Pick<DataKey, "id" | "field" | "use">;

/** Bound to all that a key is for: a row of the table can't be given another key's bytes, or another purpose. */
const wrapPlace = ({ id, field, use }: Named) => `data_keys|${id}|${use}|${field}`;

function wrap(master: Buffer, key: DataKey): Buffer {
  return sealBytes(derive(master, "wrap"), wrapPlace(key), key.key);
}

function unwrap(master: Buffer, key: Named, wrapped: Buffer): Buffer {
  return openBytes(derive(master, "wrap"), wrapPlace(key), wrapped);
}

function wrongMaster(here: readonly Buffer[], needed: readonly string[]): Refusal {
  const short = (fingerprint: string) => fingerprint.slice(0, 8);
  const message =
    `the master key does not match this database: it was locked with ${[...new Set(needed)].map(short).join(" and ")}, ` +
    `here is ${here.map((key) => short(masterFingerprint(key))).join(" and ")}; ` +
    "restore data/keys/master or BERTH_MASTER_KEY from where you keep it (npm run berth -- keys restore)";
  return new Refusal("conflict", "keys.wrong_master", message);
}
