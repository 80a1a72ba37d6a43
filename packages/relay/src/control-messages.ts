import { z } from "zod";
import type { Doorway, Room } from "./room.ts";

/*
 * The relay's control socket: JSON, one message per line.
 *
 *   agent → relay   { id, method, params }
 *   relay → agent   { id, result } or { id, error: { kind, code, message } }
 *   relay → agent   { event: "counters", data: { run, entries } }   what grew, within 250 ms
 *                   { event: "knocks", data: Knock[] }
 */

const instanceId = z.string().min(1).max(200);

const time = z.iso.datetime().transform((text) => new Date(text));

const doorway = z.object({
  port: z.int().min(1).max(65_535),
  derpKey: z.string().max(200),
  certificate: z.string().max(65_536),
  privateKey: z.string().max(65_536),
  until: time.optional(),
}) satisfies z.ZodType<Doorway>;

const room: z.ZodType<Room> = z.object({
  ...doorway.shape,
  instanceId,
  generation: z.int().min(0),
  former: z.array(doorway).max(8).optional(),
  devices: z.array(z.object({ id: z.string().min(1).max(200), key: z.string().max(200) })).max(50_000),
  allowance: z.object({
    ceilingBytes: z
      .string()
      .regex(/^\d{1,30}$/)
      .transform(BigInt)
      .optional(),
    until: time.optional(),
  }),
});

export const request = z.discriminatedUnion("method", [
  z.object({ id: z.int(), method: z.literal("put"), params: room }),
  z.object({ id: z.int(), method: z.literal("remove"), params: z.object({ instanceId }) }),
  z.object({ id: z.int(), method: z.literal("list") }),
  z.object({ id: z.int(), method: z.literal("counters") }),
  z.object({ id: z.int(), method: z.literal("tally") }),
  z.object({ id: z.int(), method: z.literal("restart") }),
  z.object({ id: z.int(), method: z.literal("version") }),
  z.object({
    id: z.int(),
    method: z.literal("expect"),
    params: z.object({
      ticketHash: z.string().regex(/^[0-9a-f]{64}$/),
      until: time,
    }),
  }),
]);

export type ControlRequest = z.infer<typeof request>;
