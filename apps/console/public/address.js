// @ts-check
/** @import { Instance } from "../types.ts" */

/**
 * Where an instance is reached, `203.0.113.7:20001`.
 * @param {Instance} instance
 */
export function addressOf({ address, port }) {
  if (port === null) return "–";
  return `${address?.includes(":") ? `[${address}]` : (address ?? "")}:${port}`;
}
