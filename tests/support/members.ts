import { access, accounts, type Call, type ReplyOf, type Role } from "@berth/api";
import { newSecret } from "@berth/kit";
import { stepAt, totpCode } from "../../core/access/totp.ts";
import type { TestControl } from "./control.ts";
import { lastCode } from "./mails.ts";

export const memberPassword = "a long enough password";

/** Somebody who signed up as people do. */
export interface Member {
  readonly email: string;
  readonly accountId: string;
  readonly call: Call;
  /** A first step of signing in; `ticketOf` when there is a second one. */
  signIn(): Promise<ReplyOf<typeof accounts.signIn>>;
  ticketOf(): Promise<string>;
}

export async function newMember(control: TestControl, role: Role = "customer"): Promise<Member> {
  const name = `m${newSecret().slice(0, 12)}`;
  const person = { username: name, email: `${name}@example.com`, password: memberPassword };
  await control.anonymous(accounts.signUp, person);
  const code = await lastCode(control, person.email);
  const { email, password } = person;
  const { token, account } = await control.anonymous(accounts.verifyEmail, { email, code, password });
  await control.database.db.updateTable("accounts").set({ role }).where("id", "=", account.id).execute();
  const signIn = () => control.anonymous(accounts.signIn, { email, password });
  return {
    email,
    accountId: account.id,
    call: control.withToken(token),
    signIn,
    async ticketOf() {
      const answer = await signIn();
      if (!("ticket" in answer)) throw new Error("no second factor was asked for");
      return answer.ticket;
    },
  };
}

/** A member with an authenticator app, whose next code is good. */
export interface AppHolder extends Member {
  readonly recoveryCodes: readonly string[];
  readonly secret: Buffer;
  /** The code of the present step. */
  code(): string;
}

export async function newAppHolder(control: TestControl, role?: Role): Promise<AppHolder> {
  const member = await newMember(control, role);
  const { url } = await member.call(access.enrolTotp, {});
  const secret = secretOf(url);
  const code = () => totpCode(secret, stepAt(control.ctx.now()));
  const { recoveryCodes } = await member.call(access.confirmTotp, { code: code() });
  control.advance(30_000); // the first code is spent
  return { ...member, secret, recoveryCodes, code };
}

/** The secret that an authenticator app reads from a URL (RFC 4648, base 32). */
export function secretOf(url: string): Buffer {
  const text = new URL(url).searchParams.get("secret") ?? "";
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
