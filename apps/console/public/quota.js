// @ts-check
import { svg } from "./dom.js";

const careFrom = 0.8;
const badFrom = 0.95;

/**
 * A bar beside the figures that say the same.
 * @param {number} used
 * @param {number} all
 */
export function quotaBar(used, all) {
  const part = all > 0 ? Math.min(1, used / all) : 1;
  const tone = part >= badFrom ? "bad" : part >= careFrom ? "care" : "good";
  return svg(
    "svg",
    { class: `quota ${tone}`, "aria-hidden": "true" },
    svg("rect", { class: "track", width: "100%", height: "100%" }),
    svg("rect", { class: "fill", width: `${(part * 100).toFixed(1)}%`, height: "100%" }),
  );
}
