import { domainToASCII } from "node:url";
import { plainAddress } from "../client-address.ts";

/** A host name or an address as certificates are compared by it; nothing for what is neither. */
export function plainName(text: string): string | undefined {
  const address = plainAddress(text);
  if (address) return address;
  // What parses an address of the web would drop these, and all behind them.
  if (/[\s/:?#@\\%]/.test(text.trim())) return undefined;
  const name = domainToASCII(text.trim()).toLowerCase().replace(/\.$/, "");
  const isName =
    name.length <= 253 &&
    /^(\*\.)?([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
  return isName ? name : undefined;
}

export function isAddress(name: string): boolean {
  return plainAddress(name) !== undefined;
}

/** Whether a name in a certificate stands for this host; a star is one label, as browsers read it (RFC 9525, 6.3). */
export function standsFor(inCertificate: string, host: string): boolean {
  if (inCertificate === host) return true;
  const [first, ...rest] = host.split(".");
  return (
    inCertificate.startsWith("*.") && first !== "" && !isAddress(host) && inCertificate.slice(2) === rest.join(".")
  );
}

/** A name as it stands in an address of the web. */
export function inUrl(name: string): string {
  return name.includes(":") ? `[${name}]` : name;
}
