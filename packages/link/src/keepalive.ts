import type { Http2Session } from "node:http2";

/** A peer that is gone is noticed within `pingEveryMs + pingTimeoutMs`, at both ends: below 15 s. */
export const pingEveryMs = 7_000;
export const pingTimeoutMs = 7_000;

/** Pings the peer for as long as the session lives, and destroys the session when an answer stays away. */
export function keepAlive(session: Http2Session, everyMs = pingEveryMs, timeoutMs = pingTimeoutMs): void {
  let deadline: NodeJS.Timeout | undefined;
  const ping = () => {
    if (session.destroyed || deadline) return;
    deadline = setTimeout(() => session.destroy(new Error("the peer no longer answers")), timeoutMs);
    session.ping(() => {
      clearTimeout(deadline);
      deadline = undefined;
    });
  };
  const timer = setInterval(ping, everyMs);
  timer.unref();
  session.once("close", () => {
    clearInterval(timer);
    clearTimeout(deadline);
  });
}
