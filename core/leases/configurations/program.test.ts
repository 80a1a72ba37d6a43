import assert from "node:assert/strict";
import { test } from "node:test";
import { programOf } from "./program.ts";

test("a program is told by its name and version, and by what it runs on", () => {
  for (const [userAgent, program] of [
    ["headscale/0.26.1", "headscale 0.26"],
    ["curl/8.5.0", "curl 8.5"],
    ["Wget/1.21.4", "Wget 1.21"],
    ["Go-http-client/2.0", "Go-http-client 2.0"],
    ["tailscale/1.90.2 (linux; amd64)", "tailscale 1.90 on Linux"],
    ["python-requests/2.32.3", "python-requests 2.32"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox 130 on Windows"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0",
      "Edge 129 on Windows",
    ],
    [
      "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
      "Chrome 131 on Android",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
      "Safari 18 on iOS",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
      "Safari 17 on macOS",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.44",
      "WeChat 8 on iOS",
    ],
    ["我的程序/1.2", "我的程序 1.2"],
    ["x".repeat(300), "x".repeat(40)],
    ["", null],
    ["   ", null],
    [null, null],
  ] as const) {
    assert.equal(programOf(userAgent), program);
  }
});
