import { isIPv4, isIPv6 } from "node:net";

/** One relay of a lease, as its customers reach it. */
export interface Relay {
  readonly slot: number;
  readonly region: string;
  readonly nodeName: string;
  readonly address: string;
  readonly port: number;
  /** 0: none. */
  readonly stunPort: number;
  /** `sha256-raw:…`. */
  readonly pin: string;
}

/** 900 to 999 are left to users by Tailscale. Each relay is a region of its own: relays of one region must be meshed. */
const firstRegion = 900;

/** A DERP map as Tailscale's `tailcfg.DERPMap` reads it (Go names, values that matter only). */
export function derpMap(relays: readonly Relay[], { omitDefaults = false } = {}) {
  const Regions = Object.fromEntries(relays.map((relay) => [firstRegion + relay.slot, region(relay)]));
  return { ...(omitDefaults ? { OmitDefaultRegions: true } : {}), Regions };
}

function region(relay: Relay) {
  const RegionID = firstRegion + relay.slot;
  return {
    RegionID,
    RegionCode: `berth-${relay.slot + 1}`,
    RegionName: `Berth ${relay.region}`,
    Nodes: [
      {
        Name: `${RegionID}a`,
        RegionID,
        HostName: relay.address,
        CertName: relay.pin,
        ...(isIPv4(relay.address) ? { IPv4: relay.address, IPv6: "none" } : {}),
        ...(isIPv6(relay.address) ? { IPv6: relay.address, IPv4: "none" } : {}),
        DERPPort: relay.port,
        STUNPort: relay.stunPort || -1,
      },
    ],
  };
}

/** A whole Tailscale policy file: the map, and the access rule that a new tailnet begins with. */
export function policy(relays: readonly Relay[], options: { omitDefaults?: boolean }) {
  return { grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }], derpMap: derpMap(relays, options) };
}

/** A file for Headscale's `derp.paths`: YAML with the lower-case names that it decodes. */
export function headscale(relays: readonly Relay[]): string {
  const lines = ["regions:"];
  for (const [id, { Nodes, ...region }] of Object.entries(derpMap(relays).Regions)) {
    lines.push(`  ${id}:`);
    for (const [name, value] of Object.entries(region))
      lines.push(`    ${name.toLowerCase()}: ${JSON.stringify(value)}`);
    lines.push("    nodes:");
    for (const node of Nodes) {
      const members = Object.entries(node).map(([name, value]) => `${name.toLowerCase()}: ${JSON.stringify(value)}`);
      members.forEach((member, index) => void lines.push(`      ${index === 0 ? "- " : "  "}${member}`));
    }
  }
  return `${lines.join("\n")}\n`;
}
