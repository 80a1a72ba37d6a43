import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { contrast } from "./contrast.ts";
import { series, type Tokens, tokens } from "./tokens.ts";

const surfaces = ["layout", "container", "elevated"] as const;
const inks = ["text", "secondary", "tertiary", "placeholder", "link", "success", "warning", "error"] as const;
const tones = ["good", "busy", "care", "bad", "over"] as const;

const pairs: readonly [ink: keyof Tokens, ground: keyof Tokens, least: number][] = [
  ...surfaces.flatMap((ground) => inks.map((ink): [keyof Tokens, keyof Tokens, number] => [ink, ground, 4.5])),
  ...surfaces.flatMap((ground) => tones.map((ink): [keyof Tokens, keyof Tokens, number] => [ink, ground, 4.5])),
  ...tones.map((tone): [keyof Tokens, keyof Tokens, number] => [tone, `${tone}Tint`, 4.5]),
  ...surfaces.map((ground): [keyof Tokens, keyof Tokens, number] => ["border", ground, 3]),
  ...surfaces.map((ground): [keyof Tokens, keyof Tokens, number] => ["primary", ground, 3]),
  ["primaryInk", "primary", 4.5],
  ["primaryInk", "primaryHover", 4.5],
  ["dangerInk", "error", 4.5],
];

for (const look of ["light", "dark"] as const) {
  describe(`what is read in the ${look} look stands out`, () => {
    for (const [ink, ground, least] of pairs) {
      test(`${ink} on ${ground}`, () => {
        const found = contrast(tokens[look][ink], tokens[look][ground]);
        assert.ok(found >= least, `${found.toFixed(2)} is under ${least}`);
      });
    }
    test("and so does each line of a chart", () => {
      for (const colour of series[look]) assert.ok(contrast(colour, tokens[look].container) >= 3, colour);
    });
  });
}

test("the page has its ground before any script ran", () => {
  const css = readFileSync(new URL("base.css", import.meta.url), "utf8");
  assert.ok(css.includes(`light-dark(${tokens.light.layout}, ${tokens.dark.layout})`.toLowerCase()));
});

test("contrast is that of the standard", () => {
  assert.equal(contrast("#000000", "#FFFFFF").toFixed(1), "21.0");
  assert.equal(contrast("#777777", "#FFFFFF").toFixed(2), "4.48");
});
