import { BlockList, isIP, isIPv6 } from "node:net";
import { Refusal } from "@berth/kit";

/** Which peers may say for whom they ask: addresses and networks in CIDR form. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly isNamed: boolean;

  /** Throws for what is neither an address nor a network. */
  constructor(networks: readonly string[]) {
    this.isNamed = networks.length > 0;
    for (const text of networks) addNetwork(this.#list, text);
  }

  has(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

/** An address or a network in CIDR form; nothing for what is neither. */
export function parseNetwork(text: string): { address: string; prefix: number; family: 4 | 6 } | undefined {
  const [, written, bits] = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const address = plainAddress(written);
  const family = isIP(address ?? "");
  if (address === undefined || (family !== 4 && family !== 6)) return undefined;
  const most = family === 4 ? 32 : 128;
  // A mapped network is one of IPv4, with another prefix than is written.
  const prefix = bits === undefined ? most : Number(bits) - (family === 4 && written?.includes(":") ? 96 : 0);
  return prefix >= 0 && prefix <= most ? { address, prefix, family } : undefined;
}

export function addNetwork(list: BlockList, text: string): void {
  const network = parseNetwork(text);
  if (!network) throw new Error(`${text} is neither an address nor a network`);
  list.addSubnet(network.address, network.prefix, network.family === 4 ? "ipv4" : "ipv6");
}

/** An address in the one form that it is counted in: no port, no zone, IPv4 as such. Nothing for what is no address. */
export function plainAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text.trim())?.[1] ?? text.trim().replace(/^(\d+(?:\.\d+){3}):\d+$/, "$1");
  const address = bare.replace(/%.*$/, "");
  if (isIP(address) === 0) return undefined;
  if (isIP(address) === 4) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!mapped) return canonical;
  const [high, low] = [Number.parseInt(mapped[1] as string, 16), Number.parseInt(mapped[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/**
 * Whose request it is: the peer of the socket, unless that is a proxy that the operator named. Then it is the last address in
 * `X-Forwarded-For` that no named proxy has. What is no address ends the search: all before it anybody may have written.
 */
export function clientAddress(
  peer: string | undefined,
  forwarded: string | undefined,
  proxies: TrustedProxies,
): string {
  let address = plainAddress(peer) ?? "0.0.0.0";
  for (const hop of (forwarded ?? "").split(",").reverse()) {
    if (!proxies.has(address)) return address;
    const before = plainAddress(hop);
    if (before === undefined) return address;
    address = before;
  }
  return address;
}

/** What is counted and banned as one: an address of IPv4, or the /64 of IPv6 that one customer of a provider has. */
export function placeOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return `${[...first, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":")}::/64`;
}

/** True for the machine itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address === "localhost" || (isIP(address) === 4 && address.startsWith("127."));
}

/**
 * Refuses to begin to listen where everybody on the way could read along. A proxy that the operator names is taken to end TLS
 * in front of it, on a network that they answer for.
 */
export function requireNoClearText(host: string, { isNamed }: TrustedProxies): void {
  if (isNamed || isLoopback(plainAddress(host) ?? host)) return;
  throw new Refusal(
    "invalid",
    "settings.invalid",
    `control does not listen on ${host} in clear text: passwords could be read on the way. Leave BERTH_HTTP_HOST at 127.0.0.1 ` +
      "and turn TLS on, which has a listener of its own, or name the proxy that ends TLS in front of it in BERTH_TRUSTED_PROXIES",
  );
}

/** Refuses who speaks clear text without being this machine or a proxy that the operator named. */
export function requireEncrypted(
  socket: { encrypted?: boolean; remoteAddress?: string },
  proxies: TrustedProxies,
): void {
  const peer = plainAddress(socket.remoteAddress) ?? "";
  if (socket.encrypted || !proxies.isNamed || isLoopback(peer) || proxies.has(peer)) return;
  const message = `clear text from ${peer} is refused: it is no proxy in BERTH_TRUSTED_PROXIES. Use https`;
  throw new Refusal("forbidden", "http.clear_text", message);
}
