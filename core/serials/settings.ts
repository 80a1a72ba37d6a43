import { z } from "zod";
import { setting } from "../settings/index.ts";

const minutes = z.number().int().min(1).max(1_440);

export const redeemLock = setting({
  name: "serials.redeem_lock",
  schema: z.strictObject({ tries: z.number().int().min(1).max(100), windowMinutes: minutes, lockMinutes: minutes }),
  default: { tries: 5, windowMinutes: 10, lockMinutes: 15 },
  description: "How many wrong codes in how many minutes stop an account or address from redeeming, and for how long",
});

export const serialSettings = [redeemLock];
