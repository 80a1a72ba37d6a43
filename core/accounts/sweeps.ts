import type { Sweep } from "../platform/sweeps.ts";

export const accountSweeps: readonly Sweep[] = [];
