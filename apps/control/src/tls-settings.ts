import { plainName } from "@berth/core/platform/tls/names";
import { z } from "zod";

const list = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((one) => one.trim() || []));

const names = list.transform((written, check) => {
  const read = written.map((name) => plainName(name) ?? "");
  if (read.every((name) => name !== "" && !name.startsWith("*"))) return read;
  check.addIssue("host names and addresses, with commas between");
  return z.NEVER;
});

const port = z.coerce.number().int().min(0).max(65_535).optional();
const yes = z.enum(["0", "1"]).default("0");

/** How control is reached over TLS. It speaks it once it has certificates: files, ordered ones, or self-signed ones. */
export const tlsSettings = {
  /** All addresses of the machine unless given. */
  BERTH_TLS_HOST: z.string().optional(),
  /** That of the public URL, which is 443 unless it says otherwise. */
  BERTH_TLS_PORT: port,
  /** Further host names and addresses besides the public URL's. */
  BERTH_TLS_NAMES: names,
  /** 1.2 serves old clients as well. */
  BERTH_TLS_MIN_VERSION: z.enum(["1.2", "1.3"]).default("1.3"),
  /** Own certificates: chains in PEM, the certificate itself first. They are read again when they change, and on SIGHUP. */
  BERTH_TLS_CERTIFICATE_FILES: list,
  /** Their keys, in the same order. */
  BERTH_TLS_KEY_FILES: list,
  /** `1`: what no other certificate is for is served with one that nobody vouches for. */
  BERTH_TLS_SELF_SIGNED: yes,
  /** Where clear text is sent on to TLS. 80 with an authority, which asks there (http-01); else nowhere. */
  BERTH_TLS_REDIRECT_PORT: port,
  /** `1`: whoever runs Berth agrees to the authority's terms, and certificates are ordered from it. */
  BERTH_ACME_TERMS_AGREED: yes,
  BERTH_ACME_DIRECTORY: z.url({ protocol: /^https$/ }).default("https://acme-v02.api.letsencrypt.org/directory"),
  /** Whom the authority may write to. */
  BERTH_ACME_EMAIL: z.email().optional(),
  /** One of the authority's profiles; by itself, `shortlived` for addresses and the authority's usual one for names. */
  BERTH_ACME_PROFILE: z.string().optional(),
  /** External account binding, where an authority asks for it. */
  BERTH_ACME_EAB_KEY_ID: z.string().optional(),
  BERTH_ACME_EAB_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, "base64url")
    .optional(),
  /** Who vouches for the authority's own address: a file in PEM, for one that nobody public does. */
  BERTH_ACME_CA_FILE: z.string().optional(),
};
