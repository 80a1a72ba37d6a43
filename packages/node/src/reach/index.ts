export { dial, type Outcome, type Target } from "./dial.ts";
export { type Listening, listenForReach, type Wanted } from "./listen.ts";
