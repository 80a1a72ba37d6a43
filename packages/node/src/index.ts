export { type Agent, type AgentOptions, type AnyDriver, startAgent } from "./agent.ts";
export type { Log } from "./log.ts";
export type { ExpectEnds } from "./operations/flow.ts";
export type { RestartRelay } from "./operations/restart.ts";
