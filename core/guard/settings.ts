import type { LimitKind } from "@berth/api";
import { minuteMs, secondMs } from "@berth/kit";
import { z } from "zod";
import type { Context } from "../platform/context.ts";
import { readSet, type Setting, setting } from "../settings/index.ts";
import { type KindLimits, type Limit, type Limits, limits as usual } from "./limit.ts";

/** The longest window that is counted in memory, and so kept of other replicas. */
export const mostOrdinaryMs = 10 * minuteMs;

/** Nobody can set more than so many times what is usual: a limit that stops no guessing is none. */
const mostTimes = 10;

/** What an operator needs to undo a limit that is too low. Of all else nothing is needed. */
const leastPerHour: Partial<Record<LimitKind, number>> = {
  "sign-in": 10,
  "second-factor": 10,
  public: 3_600,
  ordinary: 3_600,
  link: 3_600,
};

interface Figures {
  readonly most: number;
  readonly seconds: number;
}
interface KindFigures {
  readonly address: Figures;
  readonly account: Figures;
}

const perHour = ({ most, seconds }: Figures) => (most / seconds) * 3_600;

function figuresFor(kind: LimitKind, { most, windowMs }: Limit) {
  const least = leastPerHour[kind] ?? 1;
  const highest = mostTimes * perHour({ most, seconds: windowMs / secondMs });
  const longest = usual[kind].isStrict ? 3_600 : mostOrdinaryMs / secondMs;
  return z
    .strictObject({
      most: z.number().int().min(1).max(50_000),
      seconds: z.number().int().min(10).max(longest),
    })
    .refine((given) => perHour(given) >= least, `fewer than ${least} in an hour would lock out whoever sets it`)
    .refine((given) => perHour(given) <= highest, `more than ${highest} in an hour would limit nothing`);
}

const figuresOf = ({ most, windowMs }: Limit): Figures => ({ most, seconds: windowMs / secondMs });

function declare(kind: LimitKind): Setting<KindFigures> {
  const { address, subject } = usual[kind];
  return setting({
    name: `guard.limit_${kind.replace("-", "_")}`,
    schema: z.strictObject({ address: figuresFor(kind, address), account: figuresFor(kind, subject) }),
    default: { address: figuresOf(address), account: figuresOf(subject) },
    description: `How many requests of the kind ${kind} in how many seconds: from one address, and for one account`,
  });
}

const kinds = Object.keys(usual) as LimitKind[];
const byKind = new Map(kinds.map((kind) => [kind, declare(kind)]));

export const guardSettings: readonly Setting[] = [...byKind.values()];

/** The limits as they are set, and `base` where they are not. */
export async function readLimits(ctx: Context, base: Limits = usual): Promise<Limits> {
  const set = await readSet(ctx, guardSettings);
  const limits = kinds.map((kind): [LimitKind, KindLimits] => {
    const given = set.get((byKind.get(kind) as Setting).name) as KindFigures | undefined;
    return [kind, given ? withFigures(base[kind], given) : base[kind]];
  });
  return Object.fromEntries(limits) as Limits;
}

function withFigures({ isStrict, address, subject }: KindLimits, given: KindFigures): KindLimits {
  const toLimit = ({ name }: Limit, { most, seconds }: Figures) => ({ name, most, windowMs: seconds * secondMs });
  return { isStrict, address: toLimit(address, given.address), subject: toLimit(subject, given.account) };
}
