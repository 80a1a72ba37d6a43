import { BlockList, isIPv6 } from "node:net";
import { addNetwork, placeOf } from "../platform/client-address.ts";
import type { Context } from "../platform/context.ts";
import { findBansInForce } from "./ban-store.ts";
import { findListedNow } from "./list-store.ts";

/** Lists and bans as this replica knows them. */
export class Lists {
  #allowed = new BlockList();
  #denied = new BlockList();
  #bans = new Map<string, Date>();

  isAllowed(address: string): boolean {
    return this.#allowed.check(address, familyOf(address));
  }

  isDenied(address: string): boolean {
    return this.#denied.check(address, familyOf(address));
  }

  bannedUntil(address: string, now: Date): Date | undefined {
    const until = this.#bans.get(placeOf(address));
    return until && until > now ? until : undefined;
  }

  async read(ctx: Context): Promise<void> {
    const [listed, bans] = await Promise.all([findListedNow(ctx), findBansInForce(ctx)]);
    const [allowed, denied] = [new BlockList(), new BlockList()];
    for (const { kind, network } of listed) addNetwork(kind === "allow" ? allowed : denied, network);
    this.#allowed = allowed;
    this.#denied = denied;
    this.#bans = new Map(bans.map(({ place, until }) => [place, until]));
  }
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
