import { Refusal } from "@berth/kit";

export interface JoinToken {
  /** What control knows the hash of. */
  readonly secret: string;
  /** See `authorityFingerprint`: whom the first connection may be with. */
  readonly authority: string;
}

const pattern = /^berth-join\.([0-9a-z]{16,64})\.([0-9a-z]{52})$/;

/** A join token as a person copies it: `berth-join.<secret>.<fingerprint of the authority>`. */
export function formatJoinToken({ secret, authority }: JoinToken): string {
  return `berth-join.${secret}.${authority}`;
}

export function parseJoinToken(text: string): JoinToken {
  const [, secret, authority] = pattern.exec(text.trim()) ?? [];
  if (!secret || !authority) throw new Refusal("invalid", "link.bad_join_token", "the join token is not a whole one");
  return { secret, authority };
}
