import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gbToBytes, toCount, toGb, toGib, toMbps, toMinor, toMoney, toPercent } from "./format.ts";

describe("numbers are a contract", () => {
  test("traffic is in decimal GB, as plans and bills count it", () => {
    assert.equal(toGb("67108864000", "en"), "67.1 GB");
    assert.equal(toGb("100000000000", "zh-CN"), "100 GB");
    assert.equal(toGb("1500000000", "en"), "1.5 GB");
    assert.equal(toGb("12345678", "en"), "0.012 GB");
    assert.equal(toGb("1", "en"), "< 0.001 GB");
    assert.equal(toGb("0", "en"), "0 GB");
    assert.equal(toGb("8000000000000", "en"), "8 TB");
  });

  test("a rate is in Mbit/s and memory in GiB", () => {
    assert.equal(toMbps(12_400_000, "en"), "12.4 Mbit/s");
    assert.equal(toMbps(3_420_000_000, "en"), "3.42 Gbit/s");
    assert.equal(toGib(String(2 ** 33), "en"), "8 GiB");
  });

  test("money has the digits of its currency", () => {
    assert.equal(toMoney({ minor: "128000", currency: "CNY" }, "zh-CN"), "¥1,280.00");
    assert.equal(toMoney({ minor: "1280", currency: "JPY" }, "en"), "¥1,280");
    assert.equal(toMinor("28.5", "CNY"), "2850");
    assert.equal(toMinor("28.505", "CNY"), undefined);
    assert.equal(toMinor("28", "JPY"), "28");
    assert.equal(toMinor("1.0", "JPY"), undefined);
    assert.equal(toMinor("-1", "CNY"), undefined);
  });

  test("what is typed in GB is whole bytes", () => {
    assert.equal(gbToBytes("100"), "100000000000");
    assert.equal(gbToBytes("0.5"), "500000000");
    assert.equal(gbToBytes("ten"), undefined);
  });

  test("counts and parts", () => {
    assert.equal(toCount("12480", "en"), "12,480");
    assert.equal(toCount("9007199254740993", "en"), "9,007,199,254,740,993");
    assert.equal(toPercent(0.614, "en"), "61%");
  });
});
