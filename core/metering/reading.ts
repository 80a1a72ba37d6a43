import type { Reading } from "@berth/link";

/** The longest run and subject that are taken; agents make both. */
const longest = 64;

const keyOf = (reading: Reading) =>
  [reading.instanceId, reading.generation, reading.run, reading.subject, reading.meter].join("\0");

/** One reading per counter, the greatest; what has no proper form is left out. */
export function distinct(readings: readonly Reading[]): Reading[] {
  const greatest = new Map<string, Reading>();
  for (const reading of readings) {
    if (!isProper(reading)) continue;
    const known = greatest.get(keyOf(reading));
    if (!known || known.value < reading.value) greatest.set(keyOf(reading), reading);
  }
  return [...greatest.values()];
}

function isProper({ run, subject, meter, value }: Reading): boolean {
  const isMeter = meter === "bytes" || meter === "seconds";
  return isMeter && run.length > 0 && run.length <= longest && subject.length <= longest && value < 2n ** 62n;
}
