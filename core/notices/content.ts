import type { Context } from "../platform/context.ts";
import type { Content } from "./mail.ts";

const contentPlace = (mailId: string) => `mails|content|${mailId}`;

export function sealContent(ctx: Context, mailId: string, { address, subject, body, code }: Content): Buffer {
  return ctx.keys.seal(contentPlace(mailId), JSON.stringify({ address, subject, body, code }));
}

export function openContent(ctx: Context, { id, content }: { id: string; content: Buffer | null }): Content {
  if (!content) throw new Error(`mail ${id} is not sealed yet`);
  return JSON.parse(ctx.keys.open(contentPlace(id), content).toString()) as Content;
}

/** By what an address's mails are found, whatever its case. */
export function recipientOf(ctx: Context, address: string): Buffer {
  return ctx.keys.blindIndex("mails|recipient", address);
}
