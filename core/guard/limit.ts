import type { LimitKind } from "@berth/api";
import { hourMs, minuteMs, secondMs } from "@berth/kit";

/** So many requests in any span of this length. */
export interface Limit {
  readonly name: string;
  readonly most: number;
  readonly windowMs: number;
}

export interface KindLimits {
  /** Counted exactly over all replicas, and refused where nobody can count. Others may be a moment late. */
  readonly isStrict: boolean;
  /** For one address of IPv4, or one /64 of IPv6. */
  readonly address: Limit;
  /** For who is asked for or asks: an account, an e-mail address, a ticket. */
  readonly subject: Limit;
}

export type Limits = Readonly<Record<LimitKind, KindLimits>>;

/**
 * The usual limits; an operator may set others. Far above what people do, even many behind one address, and far below what guessing needs: 60 tries in ten minutes are
 * 8,640 a day from one address, and 20 in a quarter of an hour are 1,920 a day at one account from all strangers together.
 */
export const limits: Limits = {
  "sign-in": strict("sign-in", [60, 10 * minuteMs], [20, 15 * minuteMs]),
  "sign-up": strict("sign-up", [30, hourMs], [5, hourMs]),
  "second-factor": strict("second-factor", [120, 10 * minuteMs], [30, 10 * minuteMs]),
  reset: strict("reset", [60, hourMs], [20, hourMs]),
  redeem: strict("redeem", [120, 10 * minuteMs], [60, 10 * minuteMs]),
  search: ordinary("search", [600, minuteMs], [240, minuteMs]),
  export: ordinary("export", [120, 10 * minuteMs], [30, 10 * minuteMs]),
  public: ordinary("public", [600, minuteMs], [600, minuteMs]),
  ordinary: ordinary("ordinary", [3_000, minuteMs], [1_200, minuteMs]),
  // Hundreds of nodes may be behind one address, and come back together.
  link: ordinary("link", [3_000, minuteMs], [600, minuteMs]),
  enrol: strict("enrol", [60, 10 * minuteMs], [20, 10 * minuteMs]),
  renew: ordinary("renew", [1_200, 10 * minuteMs], [30, 10 * minuteMs]),
};

type Figures = readonly [most: number, windowMs: number];

function strict(name: string, address: Figures, subject: Figures): KindLimits {
  return { ...ordinary(name, address, subject), isStrict: true };
}

function ordinary(name: string, address: Figures, subject: Figures): KindLimits {
  return {
    isStrict: false,
    address: toLimit(`${name}-address`, address),
    subject: toLimit(`${name}-account`, subject),
  };
}

function toLimit(name: string, [most, windowMs]: Figures): Limit {
  return { name, most, windowMs };
}

/** What became of one request under one limit. */
export interface Decision {
  readonly limit: Limit;
  readonly isAdmitted: boolean;
  readonly left: number;
  /** When there is room again, or for one more: from now. */
  readonly waitMs: number;
}

/**
 * Decides by the times of those that count, oldest first and without the present one. `admitted` says whether it was taken
 * in, where somebody else has decided.
 */
export function toDecision(limit: Limit, times: readonly number[], now: number, isAdmitted: boolean): Decision {
  const counting = times.filter((at) => at > now - limit.windowMs);
  const oldest = isAdmitted ? (counting[0] ?? now) : (counting[counting.length - limit.most] ?? now);
  const left = isAdmitted ? Math.max(0, limit.most - counting.length - 1) : 0;
  return { limit, isAdmitted, left, waitMs: Math.max(0, oldest + limit.windowMs - now) };
}

export const secondsOf = ({ waitMs }: Decision) => Math.max(1, Math.ceil(waitMs / secondMs));

/** `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-10 has them. */
export function rateHeaders(decisions: readonly Decision[]): Record<string, string> {
  const policies = decisions.map(({ limit }) => `"${limit.name}";q=${limit.most};w=${limit.windowMs / secondMs}`);
  const states = decisions.map((one) => `"${one.limit.name}";r=${one.left};t=${secondsOf(one)}`);
  return { "ratelimit-policy": policies.join(", "), ratelimit: states.join(", ") };
}
