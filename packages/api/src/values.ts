import { z } from "zod";

/** An id of one kind, checked by its prefix. */
export function idOf<Prefix extends string>(prefix: Prefix) {
  return z.templateLiteral([`${prefix}_`, z.string()]).refine((text) => /^[a-z]+_[0-9a-z]{26}$/.test(text), {
    message: `an id that starts with ${prefix}_`,
  });
}

/** A moment, RFC 3339 in UTC. */
export const time = z.iso.datetime();

const mostBigNumber = 2n ** 63n - 1n;

/** A whole number that may be larger than JSON's: decimal digits in a string, as far as the database counts. */
export const bigNumber = z
  .string()
  .regex(/^\d{1,19}$/)
  .refine((text) => !/^\d{1,19}$/.test(text) || BigInt(text) <= mostBigNumber, { message: `at most ${mostBigNumber}` });

/** A name that people give: one line, no control characters. */
export const label = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]*$/u, "no control characters");
