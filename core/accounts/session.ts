import { dayMs } from "@berth/kit";
import type { Context } from "../platform/context.ts";
import { readSetting } from "../settings/index.ts";
import { sessionDays } from "./settings.ts";

/** When a session ends that begins now. */
export async function sessionEnd(ctx: Context): Promise<Date> {
  return new Date(ctx.now().getTime() + (await readSetting(ctx, sessionDays)) * dayMs);
}

/** Whose a session is, for the list of sessions. */
export interface Client {
  readonly address: string;
  readonly userAgent: string | undefined;
}

/** A session as it is handed out, once. */
export interface Issued {
  readonly sessionId: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** What the table holds of a token. */
export function hashToken(ctx: Context, token: string): string {
  return ctx.keys.hash("accounts.session", token).toString("hex");
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const secureName = "__Host-berth";
const plainName = "berth";

/** The cookie that signs a browser in. Over https it is bound to this very host; plain http is for one's own machine. */
export function sessionCookie(headers: Headers, token: string, maxAgeSeconds: number): string {
  const [name, secure] = isSecure(headers) ? [secureName, "; Secure"] : [plainName, ""];
  return `${name}=${token}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}

export function clearedCookie(headers: Headers): string {
  return sessionCookie(headers, "", 0);
}

/** The token of a browser; over https only the name that no other host could have set. */
export function cookieToken(headers: Headers): string | undefined {
  const cookies = new Map(
    String(headers.cookie ?? "")
      .split(";")
      .map((pair) => pair.trim().split("=", 2) as [string, string]),
  );
  return cookies.get(secureName) || (isSecure(headers) ? undefined : cookies.get(plainName)) || undefined;
}

/** A page on https can't send to plain http, so its origin tells as much as the proxy in front does. */
function isSecure(headers: Headers): boolean {
  return headers["x-forwarded-proto"] === "https" || String(headers.origin ?? "").startsWith("https://");
}
