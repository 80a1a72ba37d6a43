export type Tone = "good" | "busy" | "care" | "bad" | "over" | "unknown";

/** Every state that is shown, by what it belongs to: words in words/, tones here. */
export const tones = {
  lease: { pending: "busy", active: "good", ending: "care", suspended: "bad", expired: "over", ended: "over" },
  instance: {
    pending: "busy",
    starting: "busy",
    running: "good",
    moving: "care",
    failed: "bad",
    stopped: "over",
    unknown: "unknown",
  },
  node: {
    joining: "busy",
    online: "good",
    draining: "busy",
    cordoned: "care",
    offline: "bad",
    error: "bad",
    removed: "over",
  },
  order: { completed: "good", paid: "busy", pending: "care", cancelled: "over", refunded: "over" },
  serial: { pending: "care", unused: "good", used: "over", expired: "over", revoked: "over" },
  alert: { resolved: "good", info: "busy", warning: "care", critical: "bad", acknowledged: "over", silenced: "over" },
  account: { unverified: "care", active: "good", suspended: "bad", closed: "over" },
  mail: { waiting: "busy", sent: "good", kept: "care", failed: "bad" },
  payment: { pending: "care", paid: "good", credit: "busy" },
} as const satisfies Record<string, Record<string, Tone>>;

export type StateOf = keyof typeof tones;
export type StateName<Of extends StateOf> = keyof (typeof tones)[Of] & string;

const endingMs = 7 * 86_400_000;

/** Of an active lease that ends within a week: it still works, and wants somebody. */
export function leaseState(state: StateName<"lease">, until: string, now: number): StateName<"lease"> {
  return state === "active" && Date.parse(until) - now < endingMs ? "ending" : state;
}

/** What an instance does. Of one whose node is away nobody knows. */
export function instanceState(phase: StateName<"instance">, nodeState: string): StateName<"instance"> {
  return nodeState === "offline" || nodeState === "removed" ? "unknown" : phase;
}
