import { BlockList, isIP } from "node:net";

/** IPv4 that leads to nobody in particular, or inwards: IANA's special-purpose registry, and what clouds put beside it. */
const closed4 = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carriers' NAT; Alibaba's metadata
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // Azure's host, of all public addresses
  "169.254.0.0/16", // link-local; metadata of AWS, Google, Azure
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocols; Oracle's metadata
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
];

/**
 * Of IPv6 only global unicast is open, so loopback, unique-local, link-local, multicast, IPv4-mapped and NAT64 need no entry.
 * What carries an IPv4 address inside is closed whole: which one it leads to is for somebody else to decide.
 */
const open6 = "2000::/3";
const closed6 = [
  "2001::/23", // protocols: Teredo, ORCHID, benchmarks
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "3fff::/20", // documentation
];

function listOf(ranges: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const [blocked4, reachable6, blocked6] = [listOf(closed4, "ipv4"), listOf([open6], "ipv6"), listOf(closed6, "ipv6")];

/** True for an address on the public internet, in the form that a socket dials. Anything that is no address is none. */
export function isPublicAddress(address: string): boolean {
  if (address.includes("%")) return false; // a zone names an interface of this machine
  const family = isIP(address);
  if (family === 4) return !blocked4.check(address, "ipv4");
  return family === 6 && reachable6.check(address, "ipv6") && !blocked6.check(address, "ipv6");
}
