import { randomBytes } from "node:crypto";

/** A Tailscale node key that nobody has. */
export function nodeKey(): string {
  return `nodekey:${randomBytes(32).toString("hex")}`;
}
