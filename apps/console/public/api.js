// @ts-check
import { t } from "./language.js";

/** What control says when it refuses, or what stands for it when no answer came. */
/** @typedef {{ code: string, detail: string, status?: number, traceId?: string, issues?: { at: string, message: string }[], [extra: string]: unknown }} Problem */

export class ApiError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

const mostMs = 15_000;
let aheadMs = 0;

/** Control's time, by its last answer: this machine's clock may be wrong. */
export function now() {
  return Date.now() + aheadMs;
}

/**
 * @param {string} path under /api/v1
 * @param {Record<string, string | number | undefined>} [query]
 * @returns {Promise<any>}
 */
export function get(path, query = {}) {
  const present = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString();
  return send("GET", search ? `${path}?${search}` : path);
}

/**
 * @param {string} path
 * @param {object} [input]
 * @returns {Promise<any>}
 */
export function post(path, input = {}) {
  return send("POST", path, input);
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export function remove(path) {
  return send("DELETE", path);
}

/** @type {(refused: ApiError) => Promise<void>} */
let askForProof = async (refused) => {
  throw refused;
};

/**
 * Who asks for a fresh proof when control wants one; what was refused is tried once more after it.
 * @param {(refused: ApiError) => Promise<void>} ask
 */
export function onStepUp(ask) {
  askForProof = ask;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [input]
 */
async function send(method, path, input) {
  try {
    return await exchange(method, path, input);
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== "accounts.step_up") throw error;
    await askForProof(error);
    return exchange(method, path, input);
  }
}

/**
 * The session travels in a cookie that scripts can't read.
 * @param {string} method
 * @param {string} path
 * @param {object} [input]
 */
async function exchange(method, path, input) {
  const body = input && JSON.stringify(input);
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: { accept: "application/json", ...(body ? { "content-type": "application/json" } : {}) },
    body,
    signal: AbortSignal.timeout(mostMs),
  }).catch(() => {
    throw new ApiError({ code: "network", detail: t.problems.network });
  });
  noteClock(response);
  const reply = await response.json().catch(() => undefined);
  if (response.ok && reply !== undefined) return reply;
  throw new ApiError(reply?.code ? reply : { code: `http.${response.status}`, detail: t.problems.noAnswer });
}

/** @param {Response} response */
function noteClock({ headers }) {
  const at = Date.parse(headers.get("date") ?? "");
  // The header counts whole seconds, so less than two of them say nothing.
  if (at) aheadMs = Math.abs(at - Date.now()) < 2_000 ? 0 : at - Date.now();
}
