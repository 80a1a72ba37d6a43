/** What of a `User-Agent` tells people which program of theirs it was, on what: `headscale 0.26`, `Firefox 130 on Windows`. */
export function programOf(userAgent: string | null): string | null {
  if (!userAgent?.trim()) return null;
  const browser = browsers.map(([name, mark]) => [name, mark.exec(userAgent)?.[1]]).find(([, version]) => version);
  const system = systems.find(([, mark]) => mark.test(userAgent))?.[0];
  const named = browser ? `${browser[0]} ${browser[1]}` : firstOf(userAgent);
  return system ? `${named} on ${system}` : named;
}

/** Every browser says that it is several: the rarer name is the right one. */
const browsers = [
  ["Edge", /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ["Opera", /\bOPR\/(\d+)/],
  ["Samsung Internet", /\bSamsungBrowser\/(\d+)/],
  ["WeChat", /\bMicroMessenger\/(\d+)/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/(\d+)/],
  ["Chrome", /\b(?:Chrome|CriOS)\/(\d+)/],
  ["Safari", /\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//],
] as const;

const systems = [
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(?:iPhone|iPad|iOS)\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\b(?:Macintosh|Mac OS X|macOS|darwin)\b/i],
  ["Linux", /\bLinux\b/i],
] as const;

/** The first product, as RFC 9110 writes them: `name/version`. */
function firstOf(userAgent: string): string {
  const [first = ""] = userAgent.trim().split(/[\s;(]/, 1);
  const [name = "", version = ""] = first.split("/", 2);
  const short = /^v?(\d+(?:\.\d+)?)/.exec(version)?.[1];
  return [name.slice(0, 40), short].filter(Boolean).join(" ");
}
