import { BlockList, isIPv6 } from "node:net";
import { secondMs } from "@berth/kit";
import { addNetwork } from "../platform/client-address.ts";
import type { Context } from "../platform/context.ts";
import { isDatabaseAway } from "../platform/database.ts";
import { findBansInForce } from "./ban-store.ts";
import { findListedNow } from "./list-store.ts";
import { placeOf } from "./place.ts";

/** How old what a replica knows may be, where no notice told it sooner. */
const freshMs = secondMs;

/** Lists and bans as this replica knows them. Without the database, what it knew last stays true. */
export class Lists {
  #allowed = new BlockList();
  #denied = new BlockList();
  #bans = new Map<string, Date>();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

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

  /** Something changed: the next request looks. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  /** Reads them anew when they are too old; of many that ask at once one does. */
  async refresh(ctx: Context): Promise<void> {
    if (performance.now() - this.#readAt < freshMs) return;
    this.#reading ??= this.#read(ctx).finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  async #read(ctx: Context): Promise<void> {
    // From the beginning: what changes while it reads makes it read again.
    this.#readAt = performance.now();
    try {
      const [listed, bans] = await Promise.all([findListedNow(ctx), findBansInForce(ctx)]);
      const [allowed, denied] = [new BlockList(), new BlockList()];
      for (const { kind, network } of listed) addNetwork(kind === "allow" ? allowed : denied, network);
      this.#allowed = allowed;
      this.#denied = denied;
      this.#bans = new Map(bans.map(({ place, until }) => [place, until]));
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
    }
  }
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
