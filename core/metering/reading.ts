import type { Reading } from "@berth/link";

/** The longest run and subject that are taken; agents make both. */
const longest = 64;
/** 4 PiB in one life of a counter. Far below what a sum may hold, so that no node's nonsense breaks a lease's figures. */
const mostValue = 2n ** 52n;

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

function isProper({ instanceId, generation, run, subject, meter, value }: Reading): boolean {
  const isMeter = meter === "bytes" || meter === "seconds";
  const isNamed = run.length > 0 && run.length <= longest && subject.length <= longest;
  const isText = ![instanceId, run, subject].some((text) => text.includes("\0"));
  return isMeter && isNamed && isText && generation < 2n ** 63n && value <= mostValue;
}
