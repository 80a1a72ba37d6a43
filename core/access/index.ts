export { requireProof } from "./policy.ts";
export { factorRoutes } from "./routes.ts";
export { ticketSweep } from "./ticket-sweep.ts";
