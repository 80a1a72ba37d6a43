interface Counted {
  readonly items: number;
  readonly ended: number;
}

export function isOver({ items, ended }: Counted): boolean {
  return ended >= items;
}

/** From 0 to 1. Nothing to do is done. */
export function partDone({ items, ended }: Counted): number {
  return items === 0 ? 1 : Math.min(1, ended / items);
}
