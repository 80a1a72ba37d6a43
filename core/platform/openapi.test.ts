import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import * as api from "@berth/api";
import { chromium } from "playwright-core";
import { need } from "../../tests/require.ts";
import { appOver } from "../../tests/support/app.ts";
import { type TestControl, testControl } from "../../tests/support/control.ts";

interface Operation {
  operationId?: string;
  "x-permission"?: string;
  security?: object[];
  parameters?: { name: string; in: string; example?: unknown }[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

let control: TestControl;
let operations: [string, string, Operation][] = [];

before(async () => {
  control = await testControl();
  const response = await control.send("http://test/api/openapi.json");
  const document = (await response.json()) as { openapi: string; paths: Record<string, Record<string, Operation>> };
  assert.equal(document.openapi, "3.1.0");
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [method, path, operation]),
  );
});
after(() => control.close());

const declared = Object.values(api)
  .flatMap((part) => (typeof part === "object" && part !== null ? Object.values(part as object) : []))
  .filter((part): part is api.Route => typeof part === "object" && part !== null && "permission" in part);

const declaredAs = (method: string, path: string) =>
  declared.find(
    (route) =>
      route.method.toLowerCase() === method && `/api/v1${route.path.replace(/:([A-Za-z]+)/g, "{$1}")}` === path,
  );

describe("every operation of the document", () => {
  test("says what permission it asks for, or that it is open to all", () => {
    assert.ok(operations.length > 40, `${operations.length} operations`);
    for (const [method, path, { security, ...operation }] of operations) {
      const isPublic = security?.length === 0;
      assert.ok(isPublic !== (operation["x-permission"] !== undefined), `${method} ${path}`);
    }
  });

  test("says how it refuses", () => {
    for (const [method, path, { responses }] of operations) {
      assert.ok(responses.default?.content?.["application/problem+json"], `${method} ${path}`);
    }
  });

  test("has an example that it takes; where none can be guessed, the field's `examples` say one", () => {
    let seen = 0;
    for (const [method, path, { parameters = [], requestBody }] of operations) {
      const route = declaredAs(method, path);
      if (!route) continue;
      const given = parameters
        .filter(({ example }) => example !== undefined)
        .map(({ name, example }) => [name, example]);
      const body = requestBody?.content["application/json"]?.example as object | undefined;
      const { error } = route.input.strict().safeParse({ ...Object.fromEntries(given), ...body });
      assert.equal(error, undefined, `${method} ${path} does not take its example: ${error?.message}`);
      seen += 1;
    }
    assert.ok(seen > 40, `${seen} examples`);
  });

  test("that changes something can be rehearsed; POST of somebody signed in takes a key", () => {
    for (const [method, path, { parameters = [] }] of operations) {
      const names = parameters.map(({ name }) => name);
      const route = declaredAs(method, path);
      if (!route) continue;
      assert.equal(names.includes("dryRun"), api.takesDryRun(route), `${method} ${path}`);
      assert.equal(names.includes("idempotency-key"), api.takesKey(route), `${method} ${path}`);
    }
  });
});

describe("/api/docs", () => {
  test("is a page of parts that this server has itself, under a policy without exceptions", async () => {
    for (const path of ["", "/start.js", "/ui.js", "/ui.css"]) {
      const response = await control.send(`http://test/api/docs${path}`);
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.equal(response.status, 200);
      assert.match(policy, /^default-src 'none';.*script-src 'self';/);
      assert.doesNotMatch(policy, /unsafe|https:|\*/);
      if (path === "") assert.doesNotMatch(await response.text(), /(src|href)="(?!\/api\/docs\/|data:)/);
    }
  });

  test("shows the operations in a browser, which has nothing to complain about", async (t) => {
    if (!need(t, "chromium")) return;
    const app = await appOver(control.ctx);
    const url = await app.listen({
      host: "127.0.0.1",
      port: Number((process.env.BERTH_TEST_PORTS ?? "0").split("-")[0]),
    });
    const executablePath = `/usr/bin/${["chromium", "chromium-browser", "google-chrome"].find((name) => existsSync(`/usr/bin/${name}`))}`;
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
    t.after(async () => {
      await browser.close();
      await app.close();
    });
    const page = await browser.newPage();
    const complaints: string[] = [];
    const asked = new Set<string>();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    await page.goto(`${url}/api/docs`);
    await page.locator("#operations-tag-plans button").first().click();
    await page.locator("#operations-plans-postPlans button").first().click();
    await page.getByText('"durationDays"').first().waitFor();
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      [...asked].filter((origin) => origin !== "null"),
      [url],
    );
  });
});
