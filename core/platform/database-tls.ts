import { Refusal } from "@berth/kit";
import pg from "pg";
import { isLoopback, plainAddress } from "./client-address.ts";

/** Reading what `pg` makes of an address, with all it takes from there and from the environment. */
interface Effective {
  readonly host: string;
  readonly ssl: boolean | { readonly rejectUnauthorized?: boolean; readonly checkServerIdentity?: unknown };
}

/**
 * Refuses a database on another machine unless it shows a certificate that is verified: it would be sent every secret there
 * is. A Unix socket and loopback need none, nor a host that the operator names as one whose network they answer for.
 */
export function requireSecureDatabase(url: string, unverifiedHosts: readonly string[]): void {
  const { host, ssl } = new pg.Client({ connectionString: url }) as unknown as Effective;
  if (host.startsWith("/") || isLoopback(plainAddress(host) ?? host) || unverifiedHosts.includes(host)) return;
  if (isVerified(ssl)) return;
  throw new Refusal(
    "invalid",
    "settings.invalid",
    `the database on ${host} would be spoken to without verified TLS: add sslmode=verify-full to BERTH_DATABASE_URL (and ` +
      "sslrootcert=FILE for a certificate authority of your own), or name the host in BERTH_DATABASE_UNVERIFIED_HOSTS",
  );
}

/** `sslmode` alone does not tell: what it means depends on other parameters, and on the version of `pg`. */
function isVerified(ssl: Effective["ssl"]): boolean {
  if (typeof ssl === "boolean") return ssl;
  return ssl.rejectUnauthorized !== false && ssl.checkServerIdentity === undefined;
}
