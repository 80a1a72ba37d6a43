import type { Said } from "@berth/ui/words/words.ts";
import type zh from "../zh-CN/help.ts";

export default {
  title: "Help",
  all: "All guides",
  buying: {
    title: "Buy and redeem",
    lead: "A service begins with a serial: get one, then redeem it here.",
    get: "Choose a plan under Plans, and buy a serial for it from the shop or person that gave you this address.",
    redeem: "Press Redeem and type the 25 characters of the serial. A printed QR code fills them in.",
    connect: "The service is ready at once. Go on under Connect of your lease.",
    tries:
      "A slip of typing is told at once and costs no try. After too many wrong serials there is a pause; try again then.",
    again: "A serial can be redeemed once. What you redeemed stands under Orders.",
  },
  tailscale: {
    title: "Connect Tailscale",
    lead: "Put your relays into your tailnet's policy, and all of its devices use them.",
    link: "Open Connect of your lease and copy what the Tailscale policy file or the DERP map holds.",
    policy:
      "Save it under Access controls of Tailscale's admin console. A new tailnet takes the whole policy file; to a policy that you have, add the `derpMap` part only.",
    check: "Run `tailscale netcheck` on a device: your relays are listed with their latency.",
    knock: "A device that uses a relay for the first time knocks. Admit your own devices under Connect of your lease.",
    own: "You can save a policy of your own under Keys and policy: what you download then keeps all of it and only updates the relays.",
    renewal:
      "Tailscale does not read the link by itself. Paste the policy again within 3 days of a renewal; a mail tells you of it.",
  },
  headscale: {
    title: "Connect Headscale",
    lead: "Headscale reads the configuration link by itself, so a renewal needs nobody.",
    url: "Open Connect of your lease, copy the link of the DERP map, name it under `derp.urls` of Headscale's configuration, and leave `derp.auto_update_enabled: true`.",
    restart: "Restart Headscale.",
    check: "Run `tailscale netcheck` on a device: your relays are listed with their latency.",
    knock: "Admit the devices that knock under Connect of your lease.",
    file: "Where the server can't reach the link, download the Headscale file and name it under `derp.paths`. After a renewal it needs the new file.",
    rotate: "If the link leaked, rotate it under Connect and name the new one.",
  },
  renewal: {
    title: "Renewal of the configuration",
    lead: "For safety, ports and certificates of each relay change about once a month.",
    what: "A renewal makes a new version of the configuration: by itself on day 29, and each version works for 32 days at the most. You can also renew at once under Versions and renewal.",
    beside:
      "Both versions work for 3 days, and devices on either reach each other. They need not change at the same time.",
    headscale: "A Headscale that reads the link gets the new version by itself.",
    tailscale:
      "A policy that was pasted into Tailscale has to be pasted again within 3 days. A mail tells you of a renewal.",
    leak: "If a configuration leaked, renew and revoke the present version: it stops at once, and devices are cut off until they read the new one.",
    log: "The download log shows who fetched the configuration: when, where from and with what program.",
  },
  knocking: {
    title: "Knocking",
    lead: "Only registered devices may use your relays.",
    what: "A device that is not registered is turned away, and its key appears under Connect of your lease: it knocks.",
    admit:
      "Admit only what is yours. `tailscale status --json` shows a device's key as `PublicKey`; compare it with the page.",
    source:
      "With many devices, connect your Tailscale or Headscale under Keys and policy: devices are then registered and removed by themselves.",
    remove: "When you remove a device, its connections close within 5 seconds.",
  },
  traffic: {
    title: "Traffic and quota",
    lead: "What goes through relays is counted; what devices send to each other directly is not.",
    counted: "A packet counts once, at the device that sends it, also when both are on your relays.",
    unit: "Traffic is in decimal GB, 1,000,000,000 bytes each, as in plans and bills.",
    over: "Mails tell you at 80%, at 95% and when it is used up. The service is then suspended; its configuration and devices stay.",
    reset:
      "A plan that begins anew daily or monthly does so every 24 hours or 30 days from when the lease began, and goes on by itself.",
    gap: "Hatched parts of a chart have no data, and say why. No data is not zero.",
  },
} satisfies Said<typeof zh>;
