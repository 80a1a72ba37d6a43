import type { InputOf, ReplyOf, Route } from "@berth/api";
import type { Context } from "./context.ts";

/** What a few endpoints need of the transport itself. */
export interface Exchange {
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  setCookie(cookie: string): void;
}

export type Handler<R extends Route> = (ctx: Context, input: InputOf<R>, exchange: Exchange) => Promise<ReplyOf<R>>;
