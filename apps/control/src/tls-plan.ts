import { inUrl, plainName } from "@berth/core/platform/tls/names";
import type { CertificateFiles } from "@berth/core/platform/tls/own-files";
import { Refusal } from "@berth/kit";
import type { Config } from "./config.ts";

/** What the settings say about TLS, once it is spoken at all. */
export interface TlsPlan {
  /** What control is reached by; the public URL's first. */
  readonly names: readonly string[];
  readonly files: readonly CertificateFiles[];
  readonly isOrdered: boolean;
  readonly isSelfSigned: boolean;
  readonly port: number;
  readonly redirectPort: number | undefined;
  readonly rules: { readonly hasTls12: boolean };
}

/** Nothing when control itself is to speak clear text only. Refuses settings that don't go together, all at once. */
export function planTls(config: Config): TlsPlan | undefined {
  const files = pairFiles(config);
  const isOrdered = config.BERTH_ACME_TERMS_AGREED === "1";
  const isSelfSigned = config.BERTH_TLS_SELF_SIGNED === "1";
  const publicUrl = config.BERTH_PUBLIC_URL ? new URL(config.BERTH_PUBLIC_URL) : undefined;
  if (files.length === 0 && !isOrdered && !isSelfSigned) return undefined;
  const names = namesOf(config, publicUrl);
  refuseIf([
    [
      publicUrl !== undefined && publicUrl.protocol !== "https:",
      "BERTH_PUBLIC_URL: must begin with https:// once TLS is on",
    ],
    [
      names.length === 0,
      "BERTH_PUBLIC_URL: must say where control is reached, such as https://berth.example or https://203.0.113.7",
    ],
    [
      (config.BERTH_ACME_EAB_KEY_ID === undefined) !== (config.BERTH_ACME_EAB_KEY === undefined),
      "BERTH_ACME_EAB_KEY_ID and BERTH_ACME_EAB_KEY: belong together",
    ],
  ]);
  return {
    names,
    files,
    isOrdered,
    isSelfSigned,
    port: config.BERTH_TLS_PORT ?? Number(publicUrl?.port || 443),
    redirectPort: config.BERTH_TLS_REDIRECT_PORT ?? (isOrdered ? 80 : undefined),
    rules: { hasTls12: config.BERTH_TLS_MIN_VERSION === "1.2" },
  };
}

/** Where people reach control. */
export function publicUrlOf(config: Config, tls: TlsPlan | undefined): string {
  if (config.BERTH_PUBLIC_URL) return config.BERTH_PUBLIC_URL;
  if (!tls) return `http://${config.BERTH_HTTP_HOST}:${config.BERTH_HTTP_PORT}`;
  return `https://${inUrl(tls.names[0] as string)}${tls.port === 443 ? "" : `:${tls.port}`}`;
}

function namesOf({ BERTH_TLS_NAMES }: Config, publicUrl: URL | undefined): string[] {
  const own = publicUrl && plainName(publicUrl.hostname.replace(/^\[|\]$/g, ""));
  return [...new Set([...(own ? [own] : []), ...BERTH_TLS_NAMES])];
}

function pairFiles({ BERTH_TLS_CERTIFICATE_FILES: chains, BERTH_TLS_KEY_FILES: keys }: Config): CertificateFiles[] {
  const problem = `BERTH_TLS_KEY_FILES: must name a key for each of BERTH_TLS_CERTIFICATE_FILES (${chains.length}), not ${keys.length}`;
  refuseIf([[chains.length !== keys.length, problem]]);
  return chains.map((chain, index) => ({ chain, key: keys[index] as string }));
}

function refuseIf(problems: readonly [isWrong: boolean, message: string][]): void {
  const lines = problems.flatMap(([isWrong, message]) => (isWrong ? [`  ${message}`] : []));
  if (lines.length === 0) return;
  throw new Refusal("invalid", "settings.invalid", `the settings are wrong:\n${lines.join("\n")}`);
}
