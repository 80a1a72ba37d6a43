import { isIP } from "node:net";

/** The block that an address is counted with: /24 of IPv4, /48 of IPv6; nothing for what is no address. */
export function addressBlock(address: string): string | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (isIP(plain) === 4) return `${plain.split(".").slice(0, 3).join(".")}.0/24`;
  if (isIP(plain) !== 6) return undefined;
  const [head = "", tail] = plain.toLowerCase().split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail ? tail.split(":") : [];
  // A dotted end stands for two groups.
  const missing = tail === undefined ? 0 : 8 - first.length - last.length - (plain.includes(".") ? 1 : 0);
  const groups = [...first, ...Array<string>(missing).fill("0"), ...last].slice(0, 3);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/48`;
}
