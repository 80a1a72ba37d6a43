import { Refusal } from "@berth/kit";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** True when a request was made by Berth's own pages or by hand, as far as a browser can tell. */
export function isSameOrigin(headers: Headers): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none";
  const origin = String(headers.origin ?? "");
  return URL.canParse(origin) && new URL(origin).host === headers.host;
}

/** True for a program that says who it is in a header, which no other site's page can make a browser do. */
export function hasBearer(headers: Headers): boolean {
  return /^Bearer +\S+$/i.test(String(headers.authorization ?? ""));
}

/**
 * Refuses what another site makes a browser send: everything that changes something, and every upgrade to a WebSocket, since
 * neither is held back by the browser itself. Programs send none of a browser's headers and no cookie.
 */
export function requireSameOrigin({ method, headers }: { readonly method: string; readonly headers: Headers }): void {
  const isRead = (method === "GET" || method === "HEAD") && headers.upgrade === undefined;
  if (isRead || hasBearer(headers)) return;
  const isBrowser = [headers.cookie, headers.origin, headers["sec-fetch-site"]].some((header) => header !== undefined);
  if (isBrowser && !isSameOrigin(headers)) {
    throw new Refusal("forbidden", "http.cross_site", "another site sent this request in your name");
  }
}
