import { z } from "zod";

/** Something that is set while everything runs. Declared by the slice that it is about, with what it may be. */
export interface Setting<Value = unknown> {
  /** `slice.thing`, permanent. */
  readonly name: string;
  readonly schema: z.ZodType<Value>;
  readonly default: Value;
  readonly description: string;
  /** Sealed, never shown, and not told to the audit. */
  readonly isSecret?: true;
}

/** Checks at import that the default is one of the values allowed. */
export function setting<Value>(declared: Setting<Value>): Setting<Value> {
  declared.schema.parse(declared.default);
  return declared;
}

/** What the schema says to programs. */
export function schemaOf({ schema }: Setting): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}
