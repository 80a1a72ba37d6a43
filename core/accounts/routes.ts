import { accounts as api } from "@berth/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Actor, accountOf } from "../platform/actor.ts";
import type { Context } from "../platform/context.ts";
import { serve } from "../platform/http.ts";
import { getAccount } from "./views.ts";

export function accountRoutes(app: FastifyInstance): void {
  serve(app, api.getMe, (ctx) => getAccount(ctx, accountOf(ctx.actor)));
}

/** Who sends this request. */
export async function identify(_ctx: Context, request: FastifyRequest): Promise<Actor> {
  return { kind: "anonymous", address: request.ip };
}
