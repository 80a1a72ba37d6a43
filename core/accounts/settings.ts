import { z } from "zod";
import { setting } from "../settings/index.ts";

export const sessionDays = setting({
  name: "accounts.session_days",
  schema: z.number().int().min(1).max(365),
  default: 30,
  description: "How long a new session lasts from signing in, however much it is used",
});

export const unverifiedDays = setting({
  name: "accounts.unverified_days",
  schema: z.number().int().min(1).max(365),
  default: 7,
  description: "How long a sign-up is kept that nobody confirms, counted from its last try",
});

export const accountSettings = [sessionDays, unverifiedDays];
