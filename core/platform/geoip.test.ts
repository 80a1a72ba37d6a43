import assert from "node:assert/strict";
import { test } from "node:test";
import { locate, locationText, toLocation, useLocations } from "./geoip.ts";

test("an address on the internet is in a country, whatever way it is written; any other is nowhere", async () => {
  for (const address of ["8.8.8.8", "::ffff:8.8.8.8", "2001:4860:4860::8888"]) {
    assert.deepEqual(await locate(address), { country: "US", city: null }, address);
  }
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.1.1",
    "198.51.100.7",
    "fd00::1",
    "::1",
    "fe80::1",
    "no",
    "",
  ]) {
    assert.equal(await locate(address), undefined, address);
  }
});

test("tables of all shapes are understood, and nonsense in them is nothing", () => {
  for (const [row, location] of [
    [{ country_code: "DE" }, { country: "DE", city: null }],
    [
      { country_code: "DE", city: "Berlin", state1: "Berlin" },
      { country: "DE", city: "Berlin" },
    ],
    [
      { country: { iso_code: "CN" }, city: { names: { en: "Beijing", "zh-CN": "北京" } } },
      { country: "CN", city: "Beijing" },
    ],
    [{ country: { iso_code: "CN" } }, { country: "CN", city: null }],
    [
      { country_code: "DE", city: "" },
      { country: "DE", city: null },
    ],
    [{ country_code: "Germany" }, undefined],
    [{ city: "Berlin" }, undefined],
    [{}, undefined],
    [null, undefined],
  ] as const) {
    assert.deepEqual(toLocation(row), location);
  }
  assert.equal(locationText({ country: "DE", city: "Berlin" }), "Berlin, DE");
  assert.equal(locationText({ country: "DE", city: null }), "DE");
});

test("a table that can't be read is refused, and the one before is asked on", async () => {
  await assert.rejects(useLocations("/nonexistent.mmdb"), /ENOENT/);
  await assert.rejects(useLocations(import.meta.filename));
  assert.equal((await locate("8.8.8.8"))?.country, "US");
});
