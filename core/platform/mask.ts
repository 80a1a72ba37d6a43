/** An address as those see it who need not know it: enough to tell two apart, too little to write to. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 1 ? "***" : `${[...address][0]}***${address.slice(at)}`;
}
