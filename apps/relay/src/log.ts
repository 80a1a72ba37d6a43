import type { Log } from "@berth/relay";

const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const;
export type Level = keyof typeof levels;

/** JSON lines as pino writes them, without its start-up time. */
export function makeLog(least: Level, write: (line: string) => void): Log {
  const at = (level: Level) => (fields: object, msg: string) => {
    if (levels[level] < levels[least]) return;
    write(`${JSON.stringify({ level: levels[level], time: Date.now(), ...fields, msg }, withErrors)}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function withErrors(_name: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { type: name, message, stack, cause };
}
