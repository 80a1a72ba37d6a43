const perGb = 1_000_000_000;

/** Three figures below 1, two decimals below 10, one above: as exact as somebody reads it. */
function decimals(value: number): number {
  if (value < 1) return 3;
  return value < 10 ? 2 : 1;
}

function inLanguage(value: number, language: string, maximumFractionDigits: number): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits }).format(value);
}

export function toCount(value: number | string | bigint, language: string): string {
  return new Intl.NumberFormat(language).format(typeof value === "string" ? BigInt(value) : value);
}

/** Decimal GB, as plans and bills count. */
export function toGb(bytes: number | string, language: string): string {
  const gb = Number(bytes) / perGb;
  if (gb > 0 && gb < 0.001) return "< 0.001 GB";
  if (gb >= 1_000) return `${inLanguage(gb / 1_000, language, 2)} TB`;
  return `${inLanguage(gb, language, decimals(gb))} GB`;
}

export function toMbps(bitsPerSecond: number, language: string): string {
  const mbps = bitsPerSecond / 1_000_000;
  if (mbps >= 1_000) return `${inLanguage(mbps / 1_000, language, 2)} Gbit/s`;
  return `${inLanguage(mbps, language, mbps < 10 ? 2 : 1)} Mbit/s`;
}

/** Memory, which machines count in powers of two. */
export function toGib(bytes: number | string, language: string): string {
  return `${inLanguage(Number(bytes) / 1024 ** 3, language, 1)} GiB`;
}

export function toPercent(part: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(part);
}

export interface Price {
  readonly minor: string;
  readonly currency: string;
}

export function fractionDigits(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

export function toMoney({ minor, currency }: Price, language: string): string {
  const options = { style: "currency", currency, currencyDisplay: "narrowSymbol" } as const;
  return new Intl.NumberFormat(language, options).format(Number(minor) / 10 ** fractionDigits(currency));
}

/** What somebody typed as `28.50`, in minor units; nothing when it is no price. */
export function toMinor(typed: string, currency: string): string | undefined {
  const digits = fractionDigits(currency);
  const found = /^(\d{1,15})(?:\.(\d+))?$/.exec(typed.trim());
  if (!found || (found[2]?.length ?? 0) > digits) return undefined;
  return BigInt(`${found[1]}${(found[2] ?? "").padEnd(digits, "0")}`).toString();
}

/** Whole bytes out of GB as typed: `0.5` and `100`. */
export function gbToBytes(typed: string): string | undefined {
  const found = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(typed.trim());
  return found ? BigInt(`${found[1]}${(found[2] ?? "").padEnd(9, "0")}`).toString() : undefined;
}
