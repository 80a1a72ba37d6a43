export { backoffMs } from "./backoff.ts";
export { type Clock, dayMs, hourMs, minuteMs, secondMs, sleep } from "./clock.ts";
export { base32, type Id, newId, newSecret } from "./ids.ts";
export { onParentGone } from "./parent.ts";
export { Refusal, type RefusalKind, refusalKinds } from "./refusal.ts";
