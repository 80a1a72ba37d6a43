import {
  certificates,
  customRoles,
  fleet,
  guard,
  keyring,
  keys,
  leases,
  operations,
  orders,
  type Permission,
  type Role,
  rolePermissions,
  settings,
  staff,
} from "@berth/api";
import { minuteMs, newId } from "@berth/kit";
import { ensureCertificates } from "../../core/certificates/index.ts";
import { sendMail } from "../../core/notices/index.ts";
import type { Person, TestControl } from "../support/control.ts";
import { nodeKey } from "../support/devices.ts";
import { onlineNode } from "../support/nodes.ts";
import { batchOf, planOf } from "../support/sales.ts";

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly token: () => Promise<string | undefined>;
  /** What it may do; nothing when it should be let in nowhere. */
  readonly permissions?: ReadonlySet<Permission>;
  readonly via: "nobody" | "session" | "token" | "key";
  /** What is its own, by the name that paths have for it. */
  readonly own: Readonly<Record<string, string>>;
}

export interface World {
  readonly callers: readonly Caller[];
  /** What belongs to a customer who never calls. */
  readonly foreign: Readonly<Record<string, string>>;
  /** What belongs to the installation: whoever may use the route sees it. By the name in the path, or by the whole path. */
  readonly shared: Readonly<Record<string, string>>;
}

/** What is somebody's own, and which permission opens everybody's; without one, nobody but the owner sees it. */
export const owned: Readonly<Record<string, Permission | undefined>> = {
  leaseId: "leases.any",
  deviceId: "leases.any",
  accountId: "accounts.read",
  keyId: undefined,
  sessionId: undefined,
  passkeyId: undefined,
};

/** Opens what others have, in lists or as part of something else. */
export const eyes: readonly Permission[] = ["accounts.read", "leases.any", "events.read", "notices.read"];

/** One of everything that the contract has a name for, and everybody who may ask for it. */
export async function makeWorld(control: TestControl): Promise<World> {
  const root = await control.as("super_admin");
  const nodes = await Promise.all([onlineNode(control.ctx), onlineNode(control.ctx), onlineNode(control.ctx)]);
  const plan = await planOf(root);
  const codes = (await batchOf(control, root, { planId: plan.id, count: 8 })).codes;
  const outfit = async () => outfitted(control, codes.pop() as string);

  const foreign = (await outfit()).own;
  const callers: Caller[] = [nobody];
  for (const role of ["super_admin", "admin", "distributor", "customer"] as const) {
    callers.push(await withRole(control, role, await outfit()));
  }
  const customer = callers.at(-1) as Caller;
  callers.push(await withCustomRole(root, await outfit()), await withToken(control, customer));
  callers.push(await withKey(control, customer), ...(await shutOut(control)));
  return { callers, foreign, shared: await sharedOf(control, root, nodes[0]?.id as `node_${string}`) };
}

const nobody: Caller = {
  name: "anonymous",
  token: async () => undefined,
  permissions: new Set(),
  via: "nobody",
  own: {},
};

interface Outfitted {
  readonly person: Person;
  readonly own: Readonly<Record<string, string>>;
}

/** A customer with one of everything that somebody can have. */
async function outfitted(control: TestControl, code: string): Promise<Outfitted> {
  const person = await control.as("customer");
  const { accountId } = person;
  const { lease } = await person(orders.redeemSerial, { code });
  const device = await person(leases.addDevice, { leaseId: lease.id, key: nodeKey(), name: "Device" });
  const { key } = await person(keys.createKey, { name: "Key", scopes: ["leases.read"], days: 30 });
  const now = control.ctx.now();
  const sessionId = newId("session", now);
  const session = { id: sessionId, account_id: accountId, token_hash: sessionId, created_at: now, updated_at: now };
  await control.database.db
    .insertInto("sessions")
    .values({ ...session, expires_at: new Date(now.getTime() + 86_400_000) })
    .execute();
  const passkeyId = newId("passkey", now);
  await control.database.db
    .insertInto("passkeys")
    .values({
      id: passkeyId,
      account_id: accountId,
      credential_id: passkeyId,
      public_key: Buffer.alloc(32),
      counter: 0n,
      transports: [],
      name: "Passkey",
      created_at: now,
    })
    .execute();
  return { person, own: { accountId, leaseId: lease.id, deviceId: device.id, keyId: key.id, sessionId, passkeyId } };
}

async function withRole(control: TestControl, role: Role, { person, own }: Outfitted): Promise<Caller> {
  await control.database.db.updateTable("accounts").set({ role }).where("id", "=", person.accountId).execute();
  const permissions = new Set(rolePermissions[role]);
  return { name: role, token: async () => person.token, permissions, via: "session", own };
}

async function withCustomRole(root: Person, { person, own }: Outfitted): Promise<Caller> {
  const held: Permission[] = ["self", "leases.read", "nodes.read"];
  const { id } = await root(customRoles.createRole, { name: "Watcher", base: "customer", permissions: held });
  await root(staff.assignRole, { accountId: person.accountId as `account_${string}`, role: id as `role_${string}` });
  return { name: "a made role", token: async () => person.token, permissions: new Set(held), via: "session", own };
}

async function withToken(control: TestControl, { token, ...owner }: Caller): Promise<Caller> {
  let minted = { token: "", expiresAt: "" };
  const mint = async () => {
    const isGood = Date.parse(minted.expiresAt) > control.ctx.now().getTime() + minuteMs;
    if (!isGood) minted = await control.withToken((await token()) as string)(keys.mintToken, {});
    return minted.token;
  };
  return { ...owner, name: "a customer's token", token: mint, via: "token" };
}

async function withKey(control: TestControl, { token, own }: Caller): Promise<Caller> {
  const scopes: Permission[] = ["leases.read"];
  const owner = control.withToken((await token()) as string);
  const { secret } = await owner(keys.createKey, { name: "One scope", scopes, days: 30 });
  return { name: "a customer's key", token: async () => secret, permissions: new Set(scopes), via: "key", own };
}

/** Whoever should be let in nowhere: suspended though a session of theirs is left, revoked, or never known. */
async function shutOut(control: TestControl): Promise<Caller[]> {
  const [suspended, revoked] = [await control.as("super_admin"), await control.as("super_admin")];
  const suspension = { state: "suspended", suspended_for: "test" } as const;
  const { secret } = await suspended(keys.createKey, { name: "Key", scopes: ["self"], days: 30 });
  const spent = await revoked(keys.createKey, { name: "Key", scopes: ["self"], days: 30 });
  await revoked(keys.revokeKey, { keyId: spent.key.id });
  const { db } = control.database;
  await db.updateTable("accounts").set(suspension).where("id", "=", suspended.accountId).execute();
  await db.deleteFrom("sessions").where("account_id", "=", revoked.accountId).execute();
  const tokens = {
    "a suspended super admin": suspended.token,
    "a suspended super admin's key": secret,
    "a revoked session": revoked.token,
    "a revoked key": spent.secret,
    "an unknown token": newId("token"),
  };
  return Object.entries(tokens).map(([name, token]) => ({ name, token: async () => token, via: "session", own: {} }));
}

/** A mail that may be sent again. */
async function keptMail({ ctx }: TestControl): Promise<string> {
  await sendMail(ctx, { address: "kept@example.com", kind: "test.kept", subject: "Subject", body: "Body" });
  const kept = ctx.db.updateTable("mails").set({ state: "kept" }).where("kind", "=", "test.kept").returning("id");
  return (await kept.executeTakeFirstOrThrow()).id;
}

async function sharedOf(control: TestControl, root: Person, nodeId: `node_${string}`) {
  const { id: planId } = await planOf(root);
  const batch = await batchOf(control, root, { planId, payment: "pending" });
  const { db } = control.database;
  const serial = await db
    .selectFrom("serials")
    .select("id")
    .where("batch_id", "=", batch.batch.id)
    .executeTakeFirstOrThrow();
  const role = await root(customRoles.createRole, { name: "Nobody's", base: "customer", permissions: ["self"] });
  const operation = await root(operations.startOperation, { kind: "node.probe", nodeIds: [nodeId] });
  await root(fleet.rotateAuthority, {});
  const joinToken = await root(fleet.createJoinToken, {});
  const sshJoinId = await sshJoinOf(control, joinToken.id);
  const listed = await root(guard.addAddress, { kind: "deny", network: "203.0.113.7", note: "Listed" });
  const now = control.ctx.now();
  const banId = newId("ban", now);
  const ban = { id: banId, place: "203.0.113.8", strikes: 1, reasons: [], created_at: now };
  await db
    .insertInto("bans")
    .values({ ...ban, until: new Date(now.getTime() + 86_400_000) })
    .execute();
  const { items: authorities } = await root(fleet.listAuthorities, {});
  const { items } = await root(settings.listSettings, {});
  const { keys: sealing } = await root(keyring.showKeyring, {});
  await ensureCertificates(control.ctx, { names: ["berth.example"], isOrdered: true });
  const [certificate] = (await root(certificates.listCertificates, {})).items;
  const event = await db.selectFrom("events").select("id").limit(1).executeTakeFirstOrThrow();
  return {
    planId,
    eventId: event.id,
    mailId: await keptMail(control),
    nodeId,
    joinTokenId: joinToken.id,
    sshJoinId,
    batchId: batch.batch.id,
    serialId: serial.id,
    roleId: role.id,
    operationId: operation.id,
    authorityId: authorities.find(({ state }) => state === "trusted")?.id ?? "",
    name: items[0]?.name ?? "",
    role: "customer",
    banId,
    listedId: listed.id,
    certificateId: certificate?.id ?? "",
    "/keyring/:keyId": sealing[0]?.id ?? "",
  };
}

/** A server that could not be made a node over SSH, written straight into the table: nobody is called. */
async function sshJoinOf({ database, ctx }: TestControl, joinTokenId: string): Promise<string> {
  const now = ctx.now();
  const id = newId("ssh", now);
  const server = { host: "192.0.2.1", port: 22, username: "root", host_key: "SHA256:none" };
  const problem = { state: "failed", problem_code: "fleet.ssh_unreachable", problem_detail: "away" } as const;
  const row = { id, join_token_id: joinTokenId, ...server, ...problem, step: "connecting", percent: 0 } as const;
  await database.db
    .insertInto("ssh_joins")
    .values({ ...row, made_by: "test", started_at: now, heard_at: now })
    .execute();
  return id;
}
