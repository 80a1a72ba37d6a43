export { type Container, type ContainerDetails, type ContainerPlan, labels, specHash } from "./container.ts";
export { Engine, type EngineOptions } from "./engine.ts";
export { follow } from "./follow.ts";
