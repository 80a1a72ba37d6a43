import pino from "pino";

export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;

/** JSON lines on stdout. Fields first, then a constant message; what is secret is cut out, wherever it slips in. */
export function createLog(level: string, name: string): pino.Logger {
  return pino({
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        "password",
        "token",
        "secret",
        "code",
        "*.password",
        "*.token",
        "*.secret",
        "*.code",
        "req.headers.authorization",
        "req.headers.cookie",
      ],
      censor: "[secret]",
    },
  });
}
