import { backoffMs, dayMs, hourMs, minuteMs } from "@berth/kit";
import { isAddress } from "../platform/tls/names.ts";

interface Lifetime {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** How long an order may take before another one may begin. */
export const claimMs = 10 * minuteMs;

/** Host names one by one, so that one that fails holds up no other; addresses together, in a fixed order. */
export function groupsOf(names: readonly string[]): string[][] {
  const addresses = names.filter(isAddress).sort();
  const hosts = names.filter((name) => !isAddress(name)).map((name) => [name]);
  return addresses.length > 0 ? [...hosts, addresses] : hosts;
}

const lifetimeMs = ({ notBefore, notAfter }: Lifetime) => notAfter.getTime() - notBefore.getTime();

/** When a third of the lifetime is left, or a little before: certificates made together are not renewed together. */
export function renewAt(certificate: Lifetime, random = Math.random()): Date {
  const left = (1 / 3 + random / 24) * lifetimeMs(certificate);
  return new Date(certificate.notAfter.getTime() - left);
}

/** When one that was just issued is ordered again: never at once, however far apart our clock and the authority's are. */
export function nextOrder(now: Date, certificate: Lifetime): Date {
  return new Date(Math.max(renewAt(certificate).getTime(), now.getTime() + hourMs));
}

/** After so many failures in a row: from minutes to hours, and never before the authority wants to hear again. */
export function retryAt(now: Date, failures: number, retryAfterMs = 0): Date {
  const waitMs = backoffMs(failures - 1, { firstMs: 4 * minuteMs, mostMs: 6 * hourMs });
  return new Date(now.getTime() + Math.max(waitMs, Math.min(retryAfterMs, 7 * dayMs)));
}

/** When people are told: 14 days before it expires, or when a quarter of a short lifetime is left. Both come after renewal. */
export function warnAt(certificate: Lifetime): Date {
  return new Date(certificate.notAfter.getTime() - Math.min(14 * dayMs, lifetimeMs(certificate) / 4));
}
