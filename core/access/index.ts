export { requireProof } from "./policy.ts";
export { accessRoutes, factorRoutes, identifyWith } from "./routes.ts";
export { ticketSweep } from "./ticket-sweep.ts";
export { tokenKeySweep } from "./token-key.ts";
