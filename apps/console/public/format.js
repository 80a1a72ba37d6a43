// @ts-check
import { now } from "./api.js";
import { el } from "./dom.js";
import { language, t } from "./language.js";

const bytesPerGb = 1_000_000_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/**
 * Decimal GB, as plans and bills count: three figures below 1, two decimals below 10, one above.
 * @param {number} bytes
 */
export function gbNumber(bytes) {
  const gb = bytes / bytesPerGb;
  if (gb > 0 && gb < 0.001) return "< 0.001";
  const maximumFractionDigits = gb < 1 ? 3 : gb < 10 ? 2 : 1;
  return new Intl.NumberFormat(language, { maximumFractionDigits }).format(gb);
}

/** @param {number} bytes */
export function gb(bytes) {
  return `${gbNumber(bytes)} GB`;
}

/**
 * Decimal GB, with the exact bytes for whoever points at it.
 * @param {string | number} bytes
 */
export function traffic(bytes) {
  return el("span", { title: t.exactBytes(number(Number(bytes))), class: "figure" }, gb(Number(bytes)));
}

/** @param {number} value */
export function number(value) {
  return new Intl.NumberFormat(language).format(value);
}

/** @param {{ minor: string, currency: string }} price */
export function money({ minor, currency }) {
  const digits = fractionDigits(currency);
  return new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(
    Number(minor) / 10 ** digits,
  );
}

/** @param {string} currency */
export function fractionDigits(currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/** @param {Date} at */
function clock(at) {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** @param {Date} at */
export function date(at) {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** @param {Date} at */
export function dateTime(at) {
  return `${date(at)} ${clock(at)}`;
}

/** @param {Date} at */
export function hour(at) {
  return clock(at);
}

/** The viewer's zone, `UTC+8`. */
export function zone() {
  const minutes = -new Date().getTimezoneOffset();
  const rest = Math.abs(minutes) % 60;
  const hours = Math.trunc(Math.abs(minutes) / 60);
  return minutes === 0 ? "UTC" : `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${two(rest)}` : ""}`;
}

/**
 * Under a day how long ago, else when; the other one for whoever points at it.
 * @param {string} iso
 */
export function ago(iso) {
  const at = new Date(iso);
  const gone = Math.max(0, now() - at.getTime());
  const full = `${dateTime(at)} ${zone()}`;
  return el("time", { datetime: iso, title: full, class: "figure" }, gone < dayMs ? sinceThen(gone) : dateTime(at));
}

/**
 * A moment as such.
 * @param {string} iso
 */
export function moment(iso) {
  const at = new Date(iso);
  return el("time", { datetime: iso, title: `${dateTime(at)} ${zone()}`, class: "figure" }, dateTime(at));
}

/**
 * How long until then, in the largest unit that tells something.
 * @param {string} iso
 */
export function until(iso) {
  return span(Math.max(0, Date.parse(iso) - now()), Math.round);
}

/** @param {number} ms */
function sinceThen(ms) {
  return ms < 2_000 ? t.justNow : t.ago(span(ms, Math.floor));
}

/**
 * @param {number} ms
 * @param {(value: number) => number} round
 */
function span(ms, round) {
  if (ms >= 2 * dayMs) return t.days(round(ms / dayMs));
  if (ms >= 2 * hourMs) return t.hours(round(ms / hourMs));
  if (ms >= minuteMs) return t.minutes(round(ms / minuteMs));
  return t.seconds(round(ms / 1_000));
}

/**
 * The end of an id: enough to tell two apart. The whole is there for whoever points at it.
 * @param {string} id
 */
export function shortId(id) {
  return el("code", { title: id }, `…${id.slice(-6)}`);
}
