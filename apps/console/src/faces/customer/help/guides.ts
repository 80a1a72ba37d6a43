/** The guides, in the order in which somebody needs them, with the parts of each: steps are numbered, notes are not. */
export const guides = [
  { name: "buying", steps: ["get", "redeem", "connect"], notes: ["tries", "again"] },
  { name: "tailscale", steps: ["link", "policy", "check", "knock"], notes: ["own", "renewal"] },
  { name: "headscale", steps: ["url", "restart", "check", "knock"], notes: ["file", "rotate"] },
  { name: "renewal", steps: [], notes: ["what", "beside", "headscale", "tailscale", "leak", "log"] },
  { name: "knocking", steps: [], notes: ["what", "admit", "source", "remove"] },
  { name: "traffic", steps: [], notes: ["counted", "unit", "over", "reset", "gap"] },
] as const;

export type Guide = (typeof guides)[number];
