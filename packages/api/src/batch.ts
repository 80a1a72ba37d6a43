import { z } from "zod";
import type { Route } from "./route.ts";

const problem = z
  .looseObject({ type: z.string(), status: z.number().int(), code: z.string(), title: z.string(), detail: z.string() })
  .describe("why this item was refused; the others are not touched by it");

export type BatchOf<R> =
  R extends Route<infer Shape, infer Reply>
    ? Route<ReturnType<typeof inputOf<Shape>>, ReturnType<typeof replyOf<Reply>>>
    : never;

const inputOf = <Shape extends z.ZodRawShape>(one: z.ZodObject<Shape>) => ({
  items: z.array(one.strict()).min(1).max(500),
});

const replyOf = <Reply extends z.ZodType>(reply: Reply) =>
  z.object({
    items: z.array(
      z.discriminatedUnion("ok", [
        z.object({ ok: z.literal(true), reply }),
        z.object({ ok: z.literal(false), problem }),
      ]),
    ),
  });

/**
 * The same as `one`, for up to 500: every item stands alone and is answered in its place, by the reply that it would get by
 * itself or by its problem.
 */
export function batchOf<Shape extends z.ZodRawShape, Reply extends z.ZodType>(
  one: Route<Shape, Reply>,
  declared: { readonly path: string; readonly summary: string },
): BatchOf<Route<Shape, Reply>> {
  const batch = { ...one, ...declared, input: z.object(inputOf(one.input)), reply: replyOf(one.reply) };
  return batch as unknown as BatchOf<Route<Shape, Reply>>;
}
