import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Reader, type Response } from "mmdb-lib";
import { plainAddress } from "./client-address.ts";
import { isPublicAddress } from "./outgoing-addresses.ts";

/** Where an address is, as far as a table on this machine knows: nobody is asked. */
export interface Location {
  /** Two letters (ISO 3166). */
  readonly country: string;
  readonly city: string | null;
}

/** Countries only, of 8 MB. */
const ownTable = () =>
  fileURLToPath(import.meta.resolve("@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"));

let table: Promise<Reader<Response>> | undefined;

/** Uses another table from now on, as one with cities. Throws when it can't be read. */
export async function useLocations(file: string): Promise<void> {
  const read = readTable(file);
  await read;
  table = read;
}

/** Nothing for addresses that are nowhere in particular, and for those that the table does not have. Read when first asked. */
export async function locate(address: string): Promise<Location | undefined> {
  const plain = plainAddress(address);
  if (!plain || !isPublicAddress(plain)) return undefined;
  table ??= readTable(ownTable());
  return toLocation((await table).get(plain));
}

/** For lists: `Frankfurt am Main, DE`, `DE`. */
export function locationText({ country, city }: Location): string {
  return city ? `${city}, ${country}` : country;
}

async function readTable(file: string): Promise<Reader<Response>> {
  return new Reader<Response>(await readFile(file));
}

/** What a row says. Tables of MaxMind's own shape have names in objects; others say it plainly. */
export function toLocation(found: unknown): Location | undefined {
  const row = found as { country_code?: unknown; country?: { iso_code?: unknown }; city?: unknown } | null;
  const country = row?.country_code ?? row?.country?.iso_code;
  if (typeof country !== "string" || !/^[A-Z]{2}$/.test(country)) return undefined;
  const named = row?.city as { names?: { en?: unknown } } | string | undefined;
  const city = typeof named === "string" ? named : named?.names?.en;
  return { country, city: typeof city === "string" && city !== "" ? city.slice(0, 80) : null };
}
