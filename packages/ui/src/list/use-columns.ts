import { useState } from "react";
import { useQuery } from "../frame/links.tsx";
import { type Arrangement, arrange, readArrangement, writeArrangement } from "./arrangement.ts";
import type { Column } from "./types.ts";

const keyOf = (name: string) => `berth.columns.${name}`;

/** The address wins over what is kept in this browser, so that a link shows to everybody the same. */
export function useColumns<Row>(name: string, all: readonly Column<Row>[]) {
  const [address, change] = useQuery();
  const [kept, keep] = useState(() => localStorage.getItem(keyOf(name)) ?? undefined);
  const chosen = readArrangement(address.cols ?? kept);
  const choose = (arrangement: Arrangement | undefined) => {
    const text = arrangement && writeArrangement(arrangement);
    if (text === undefined) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), text);
    keep(text);
    change({ cols: text });
  };
  return { all, columns: arrange(all, chosen), chosen, choose };
}
