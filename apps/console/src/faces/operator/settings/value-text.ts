/** A value as it is typed: text as such, everything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What somebody typed, as the setting's kind wants it; nothing when it can't be read. */
export function fromText(
  text: string,
  schema: Readonly<Record<string, unknown>>,
): { readonly value: unknown } | undefined {
  if (schema.type === "string") return { value: text };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export interface Times {
  readonly most: number;
  readonly seconds: number;
}

export interface LimitValue {
  readonly address: Times;
  readonly account: Times;
}

export interface RedeemLock {
  readonly tries: number;
  readonly windowMinutes: number;
  readonly lockMinutes: number;
}

export function isLimit(value: unknown): value is LimitValue {
  const { address, account } = (value ?? {}) as Partial<LimitValue>;
  return isTimes(address) && isTimes(account);
}

export function isRedeemLock(value: unknown): value is RedeemLock {
  const { tries, windowMinutes, lockMinutes } = (value ?? {}) as Partial<RedeemLock>;
  return [tries, windowMinutes, lockMinutes].every((one) => typeof one === "number");
}

const isTimes = (value: Partial<Times> | undefined): value is Times =>
  typeof value?.most === "number" && typeof value.seconds === "number";
