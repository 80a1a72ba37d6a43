import { join } from "node:path";
import { type Desired, DesiredSchema, digest, type Instance } from "@berth/link";
import { create, fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { readIfExists, writeAtomically } from "./atomic-file.ts";

/** An instance that control has taken away, and that is reported as stopped once it is gone. */
export interface Leaving {
  readonly id: string;
  /** Decimal. */
  readonly generation: string;
  readonly offering: string;
}

/** All that should run on this node, as control last said. */
export interface DesiredState {
  readonly revision: bigint;
  /** "" until control has spoken: then nothing may be removed either. */
  readonly digest: string;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly leaving: readonly Leaving[];
  /** How far control's clock is ahead of this node's. */
  readonly offsetMs: number;
}

export interface DesiredStateStore {
  current(): DesiredState;
  /** Takes what control sent; it is on disk when this returns. */
  apply(desired: Desired): Promise<DesiredState>;
  setClock(offsetMs: number): Promise<void>;
}

export const nothingDesired: DesiredState = {
  revision: 0n,
  digest: "",
  instances: new Map(),
  leaving: [],
  offsetMs: 0,
};

/** Nobody acknowledges a phase, so the last ones that stopped are told again to every stream. */
const leavingMost = 256;

/** What should run after control's word. Safe to repeat. */
export function applyDesired(state: DesiredState, desired: Desired): DesiredState {
  const instances = new Map(desired.whole ? [] : state.instances);
  for (const id of desired.removed) instances.delete(id);
  for (const instance of desired.instances) instances.set(instance.id, instance);
  const gone = [...state.instances.values()].filter(({ id }) => !instances.has(id));
  const leaving = [
    ...state.leaving.filter(({ id }) => !instances.has(id)),
    ...gone.map(({ id, generation, offering }) => ({ id, generation: generation.toString(), offering })),
  ];
  return {
    ...state,
    revision: desired.revision,
    digest: digest(instances.values()),
    instances,
    leaving: leaving.slice(-leavingMost),
  };
}

export async function openDesiredState(folder: string): Promise<DesiredStateStore> {
  const path = join(folder, "desired.json");
  let state = parse(await readIfExists(path));
  // One write at a time: two of them would share the temporary file.
  let last: Promise<unknown> = Promise.resolve();

  function change(next: (state: DesiredState) => DesiredState): Promise<DesiredState> {
    const written = last.then(async () => {
      const changed = next(state);
      await writeAtomically(path, format(changed));
      state = changed;
      return state;
    });
    last = written.catch(() => undefined);
    return written;
  }

  return {
    current: () => state,
    apply: (desired) => change((state) => applyDesired(state, desired)),
    async setClock(offsetMs) {
      await change((state) => ({ ...state, offsetMs }));
    },
  };
}

interface Stored {
  readonly desired: JsonValue;
  readonly known: boolean;
  readonly leaving: readonly Leaving[];
  readonly offsetMs: number;
}

function format({ revision, digest, instances, leaving, offsetMs }: DesiredState): string {
  const desired = create(DesiredSchema, { revision, whole: true, instances: [...instances.values()] });
  const stored: Stored = { desired: toJson(DesiredSchema, desired), known: digest !== "", leaving, offsetMs };
  return JSON.stringify(stored);
}

/** A file that cannot be read is as good as none: control sends everything to whoever knows nothing. */
function parse(text: string | undefined): DesiredState {
  if (text === undefined) return nothingDesired;
  try {
    const { desired, known, leaving, offsetMs }: Stored = JSON.parse(text);
    const state = { ...nothingDesired, leaving, offsetMs };
    return known ? applyDesired(state, fromJson(DesiredSchema, desired, { ignoreUnknownFields: true })) : state;
  } catch {
    return nothingDesired;
  }
}
