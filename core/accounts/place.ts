import { isIPv4 } from "node:net";
import { dayMs } from "@berth/kit";

/** A place that was not seen for so long is new again. */
export const placeMs = 90 * dayMs;

/** The block of addresses that one household or office has: /24, or /64. */
export function placeOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIPv4(plain)) return `${plain.split(".").slice(0, 3).join(".")}.0/24`;
  const [head = "", tail] = (plain.split("%")[0] as string).toLowerCase().split("::");
  const before = head.split(":").filter(Boolean);
  const after = tail?.split(":").filter(Boolean) ?? [];
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: gap }, () => "0"), ...after];
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${network.join(":")}::/64`;
}

/** In the order in which they have to be asked for: most of them claim to be the later ones as well. */
const families = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
] as const;

/** The kind of browser or program, whatever its version. */
export function agentOf(userAgent: string | undefined): string {
  const known = families.find(([pattern]) => pattern.test(userAgent ?? ""))?.[1];
  return known ?? /^[A-Za-z][\w.-]{0,31}/.exec(userAgent ?? "")?.[0] ?? "unknown";
}
