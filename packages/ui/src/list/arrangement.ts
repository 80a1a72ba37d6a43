/** Which columns somebody chose, in their order, and which of them stay in sight. */
export interface Arrangement {
  readonly keys: readonly string[];
  readonly pinned: readonly string[];
}

export interface Arrangeable {
  readonly key: string;
  /** Stands first, is always there and stays in sight: what the row is called. */
  readonly isFixed?: boolean;
  /** Only there when chosen. */
  readonly isHidden?: boolean;
}

export function arrange<Column extends Arrangeable>(
  columns: readonly Column[],
  chosen: Arrangement | undefined,
): (Column & { readonly isPinned: boolean })[] {
  const keys = chosen?.keys ?? columns.filter(({ isHidden }) => !isHidden).map(({ key }) => key);
  const rest = keys.flatMap((key) => columns.find((column) => column.key === key && !column.isFixed) ?? []);
  const isPinned = ({ key, isFixed }: Column) => isFixed === true || chosen?.pinned.includes(key) === true;
  const all = [...columns.filter(({ isFixed }) => isFixed), ...rest].map((column) => ({
    ...column,
    isPinned: isPinned(column),
  }));
  return [...all.filter(({ isPinned }) => isPinned), ...all.filter(({ isPinned }) => !isPinned)];
}

export function move(keys: readonly string[], key: string, by: -1 | 1): string[] {
  const at = keys.indexOf(key);
  const to = at + by;
  if (at < 0 || to < 0 || to >= keys.length) return [...keys];
  const moved = keys.filter((one) => one !== key);
  moved.splice(to, 0, key);
  return moved;
}

/** In the address, so that a view can be handed on: `state,-load`, where `-` pins. */
export function writeArrangement({ keys, pinned }: Arrangement): string {
  return keys.map((key) => (pinned.includes(key) ? `-${key}` : key)).join(",");
}

export function readArrangement(text: string | undefined): Arrangement | undefined {
  if (!text) return undefined;
  const parts = text.split(",").filter((part) => part !== "");
  const bare = (part: string) => part.replace(/^-/, "");
  return { keys: parts.map(bare), pinned: parts.filter((part) => part.startsWith("-")).map(bare) };
}
