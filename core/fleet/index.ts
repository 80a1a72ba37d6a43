export { ensureAuthorities, openAuthority } from "./authorities.ts";
export { type Chosen, chooseNodes } from "./choose.ts";
export { type AuthorityRow, trustedAuthorities } from "./identity-store.ts";
export { certify, createJoinToken, enrolNode, requireWelcome, toBundle, vouching } from "./join.ts";
export { addressOf, heartbeatSeconds, type NodeRow } from "./node.ts";
export { fleetSweeps, flushHeartbeats, greetNode, noteHeartbeat } from "./presence.ts";
export { fleetRoutes } from "./routes.ts";
export { fleetSettings } from "./settings.ts";
export { bumpRevision, getNode, giveRoomBack } from "./store.ts";
