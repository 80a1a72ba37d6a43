import type { Sweep } from "../platform/sweeps.ts";
import { useSweep } from "./count-use.ts";
import { figureSweep, silenceSweep } from "./presence.ts";
import { sshSweep } from "./ssh/join.ts";

export const fleetSweeps: readonly Sweep[] = [silenceSweep, figureSweep, useSweep, sshSweep];
