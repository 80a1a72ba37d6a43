import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type Person, type TestControl, testControl } from "../../tests/support/control.ts";
import { onlineNode } from "../../tests/support/nodes.ts";
import { planOf } from "../../tests/support/sales.ts";

let control: TestControl;
let operator: Person;

before(async () => {
  control = await testControl();
  operator = await control.as("super_admin");
  for (let index = 0; index < 20; index++) await onlineNode(control.ctx);
});
after(() => control.close());

async function get(path: string, headers: Record<string, string>, method = "GET") {
  const response = await control.send(`http://test/api/v1${path}`, { method, headers });
  return {
    status: response.status,
    coding: response.headers.get("content-encoding"),
    vary: response.headers.get("vary"),
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

const bearer = () => ({ authorization: `Bearer ${operator.token}` });
const cookie = () => ({ cookie: `__Host-berth=${operator.token}` });

describe("a list", () => {
  for (const [accepted, coding, unpack] of [
    ["gzip, deflate, br", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["br;q=0, gzip;q=0.5", "gzip", gunzipSync],
    ["GZIP", "gzip", gunzipSync],
  ] as const) {
    test(`goes out as ${coding} to whoever accepts ${accepted}`, async () => {
      for (const path of ["/nodes", "/nodes?format=csv"]) {
        const plain = await get(path, bearer());
        const packed = await get(path, { ...bearer(), "accept-encoding": accepted });
        assert.deepEqual([packed.status, packed.coding, packed.vary], [200, coding, "accept-encoding"]);
        assert.deepEqual(unpack(packed.bytes), plain.bytes);
        assert.ok(packed.bytes.length < plain.bytes.length / 2);
        assert.deepEqual([plain.coding, plain.vary], [null, "accept-encoding"]);
      }
    });
  }

  test("goes out as it is to whoever accepts nothing else", async () => {
    for (const accepted of ["", "identity", "br;q=0, gzip;q=0.0", "deflate", "zstd"]) {
      assert.equal((await get("/nodes", { ...bearer(), "accept-encoding": accepted })).coding, null, accepted);
    }
  });

  test("goes out as it is when it is small", async () => {
    assert.equal((await get("/me", { ...bearer(), "accept-encoding": "br" })).coding, null);
  });
});

describe("an attacker who counts bytes", () => {
  const accepts = { "accept-encoding": "br, gzip" };

  test("gets nothing compressed that another site asked for with the victim's cookie", async () => {
    for (const site of ["cross-site", "same-site"]) {
      const { status, coding } = await get("/nodes", { ...cookie(), ...accepts, "sec-fetch-site": site });
      assert.deepEqual([status, coding], [200, null], site);
    }
    assert.equal((await get("/nodes", { ...cookie(), ...accepts })).coding, null, "a browser that does not say");
    assert.equal((await get("/nodes", { ...cookie(), ...accepts, "sec-fetch-site": "same-origin" })).coding, "br");
  });

  test("finds no secret that is shown once in a compressed answer", async () => {
    const { id: planId } = await planOf(operator);
    const response = await control.send("http://test/api/v1/serial-batches", {
      method: "POST",
      headers: { ...bearer(), ...accepts, "content-type": "application/json" },
      body: JSON.stringify({ planId, name: "x".repeat(90), count: 200, redeemBy: "2100-01-01T00:00:00Z" }),
    });
    assert.deepEqual([response.status, response.headers.get("content-encoding")], [200, null]);
  });
});
