import type { fleet as api, ReplyOf } from "@berth/api";
import type { Row } from "../platform/rows.ts";
import { addressOf, type NodeRow } from "./node.ts";

export type Reachability = ReplyOf<typeof api.getReachability>;
export type ReachResult = Omit<Row<"reach_results">, "node_id" | "tested_at">;
type Ranged = Pick<NodeRow, "addresses" | "observed_address" | "port_from" | "port_to" | "stun_port">;

/** What a test is about: when it changes, what was proven is proven no more. */
export function reachOf(node: Ranged): string {
  return [addressOf(node), node.observed_address, `${node.port_from}-${node.port_to}`, node.stun_port].join(" ");
}

/** Both ends of a node's range and its middle: firewalls open ranges, not single ports. */
export function portsToTry({ port_from: from, port_to: to }: Ranged): number[] {
  return [...new Set([from, Math.floor((from + to) / 2), Math.max(from, to - 20)])];
}

/** Through to every port by TCP, seen from one place at least: one that stands behind the same door sees less than others. */
function isThrough(results: readonly ReachResult[], address: string | null): boolean {
  const tcp = results.filter((result) => result.address === address && result.protocol === "tcp");
  return [...Map.groupBy(tcp, ({ seen_from }) => seen_from).values()].some((seen) =>
    seen.every(({ outcome }) => outcome === "open"),
  );
}

export function verdictOf(results: readonly ReachResult[], node: Ranged): NodeRow["reach"] {
  if (!results.some(({ protocol }) => protocol === "tcp")) return "unknown";
  return isThrough(results, addressOf(node)) ? "proven" : "unproven";
}

/** Another address that leads to the node where the one that it says does not, as behind a NAT. */
export function betterAddress(results: readonly ReachResult[], node: Ranged): string | null {
  const { observed_address: observed } = node;
  if (observed === addressOf(node) || isThrough(results, addressOf(node))) return null;
  return isThrough(results, observed) ? observed : null;
}

/** How to open what is blocked, for each firewall that there may be. */
export function rulesFor(results: readonly ReachResult[], node: Ranged): Reachability["rules"] {
  const isBlocked = (protocol: ReachResult["protocol"]) => {
    const seen = results.filter((result) => result.protocol === protocol && result.address === addressOf(node));
    return seen.length > 0 && seen.some(({ outcome }) => outcome !== "open");
  };
  const range = { from: node.port_from, to: node.port_to };
  const stun = { from: node.stun_port, to: node.stun_port };
  return [
    ...(isBlocked("tcp") ? opening("tcp", range) : []),
    ...(isBlocked("udp") ? opening("udp", range) : []),
    ...(isBlocked("stun") ? opening("udp", stun) : []),
  ];
}

function opening(protocol: "tcp" | "udp", { from, to }: { from: number; to: number }): Reachability["rules"] {
  const span = (dash: string) => (from === to ? `${from}` : `${from}${dash}${to}`);
  const port = `--add-port=${span("-")}/${protocol}`;
  return [
    { tool: "ufw", rule: `ufw allow ${span(":")}/${protocol}` },
    { tool: "firewalld", rule: `firewall-cmd --permanent ${port} && firewall-cmd --reload` },
    { tool: "nft", rule: `nft insert rule inet filter input ${protocol} dport ${span("-")} accept` },
    { tool: "iptables", rule: `iptables -I INPUT -p ${protocol} --dport ${span(":")} -j ACCEPT` },
    {
      tool: "cloud",
      rule: `in the firewall or security group of the host's console: incoming ${protocol.toUpperCase()} ${span("-")} from anywhere (0.0.0.0/0 and ::/0)`,
    },
  ];
}
