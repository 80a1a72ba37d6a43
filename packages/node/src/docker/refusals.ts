import { Refusal } from "@berth/kit";

interface DockerError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
}

const awayCodes = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "EACCES", "ENOTSOCK"];

export function isMissing(error: unknown): boolean {
  return (error as DockerError).statusCode === 404;
}

/** Another call is at the same thing: it was made or is being removed meanwhile. */
export function isConflict(error: unknown): boolean {
  return (error as DockerError).statusCode === 409;
}

/** What a failed call means. `what` completes "could not …". */
export function toRefusal(error: unknown, what: string): Refusal {
  if (error instanceof Refusal) return error;
  const refusal = classify(error as DockerError, what);
  refusal.cause = error;
  return refusal;
}

function classify({ message, code = "", statusCode }: DockerError, what: string): Refusal {
  if (awayCodes.includes(code) || message === "socket hang up") {
    return new Refusal("unavailable", "docker.unreachable", `could not ${what}: Docker is not there (${code})`);
  }
  if (/port is already allocated|address already in use|failed to bind host port/i.test(message)) {
    return new Refusal("conflict", "docker.port_in_use", `could not ${what}: the port is taken`);
  }
  if (statusCode === 404 && /no such image/i.test(message)) {
    return new Refusal("not_found", "docker.no_image", `could not ${what}: ${message.trim()}`);
  }
  return new Refusal("unavailable", "docker.failed", `could not ${what}: ${message.trim()}`);
}
