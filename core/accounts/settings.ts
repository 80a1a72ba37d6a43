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

/** The best known; operators add what they see. */
const wellKnown = [
  ...["10minutemail.com", "burnermail.io", "discard.email", "dispostable.com", "emailondeck.com", "fakeinbox.com"],
  ...["getairmail.com", "getnada.com", "grr.la", "guerrillamail.biz", "guerrillamail.com", "guerrillamail.net"],
  ...["guerrillamail.org", "inboxkitten.com", "mail-temp.com", "mailcatch.com", "maildrop.cc", "mailinator.com"],
  ...[
    "mailnesia.com",
    "mintemail.com",
    "moakt.com",
    "mohmal.com",
    "mytemp.email",
    "sharklasers.com",
    "spamgourmet.com",
  ],
  ...[
    "temp-mail.org",
    "tempail.com",
    "tempmail.dev",
    "tempmailo.com",
    "throwawaymail.com",
    "trashmail.com",
    "yopmail.com",
  ],
];

export const disposableDomains = setting({
  name: "accounts.disposable_domains",
  schema: z
    .array(
      z
        .string()
        .max(253)
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/),
    )
    .max(10_000),
  default: wellKnown,
  description:
    "Domains of addresses that are thrown away, in lower case: accounts at them or below them redeem nothing",
});

export const accountSettings = [sessionDays, unverifiedDays, disposableDomains];
