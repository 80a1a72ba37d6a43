import type { LimitKind } from "@berth/api";
import type { Asked, LinkGate } from "@berth/link";
import { placeOf, plainAddress } from "../platform/client-address.ts";
import { signalOf } from "./ban.ts";
import { type Guard, type Origin, requireAdmitted } from "./guard.ts";

const kinds: Readonly<Record<Asked["method"], LimitKind>> = {
  Enrol: "enrol",
  Renew: "renew",
  Sync: "link",
  Stream: "link",
};

/** Nobody passes agents on: they are where their connection comes from. */
const originOf = (address: string): Origin => ({ address: plainAddress(address) ?? "0.0.0.0", isPassedOn: false });

/**
 * The guard before the link of agents. A ban is for whoever shows no certificate: nodes may have an attacker's address, and
 * must not be cut off by what that one does.
 */
export function guardLink(guard: Guard): LinkGate {
  return {
    async enter(address) {
      const origin = originOf(address);
      const standing = await guard.standing(origin);
      if (standing === "free") return {};
      if (standing === "denied" || !(await guard.takeForPlace(origin, "link")).isAdmitted) return undefined;
      const place = placeOf(origin.address);
      return standing instanceof Date ? { place, isNodesOnly: true } : { place };
    },
    async ask({ method, address, nodeId }) {
      const origin = originOf(address);
      const standing = await guard.standing(origin);
      const isBanned = standing instanceof Date && method === "Enrol";
      if (standing === "denied" || isBanned) throw guard.refusalOf(standing);
      if (standing === "free") return;
      const kind = kinds[method];
      requireAdmitted(await (nodeId ? guard.takeFor(nodeId, origin, kind) : guard.takeForPlace(origin, kind)));
    },
    refused({ address }, { code }, about) {
      const kind = signalOf(code);
      if (kind) void guard.note(kind, about, originOf(address));
    },
  };
}
