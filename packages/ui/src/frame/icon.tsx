import type { ReactNode } from "react";
import "./icon.css";

/** Lines in a square of 20, drawn with the ink around them. */
const shapes = {
  overview: "M3 3h6v8H3zM11 3h6v5h-6zM11 10h6v7h-6zM3 13h6v4H3z",
  nodes: "M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.01M6 13.5h.01",
  instances: "M10 2.5 17 6v8l-7 3.5L3 14V6zM3 6l7 3.5L17 6M10 9.5v8",
  relays: "M4 10a6 6 0 0 1 12 0M7 10a3 3 0 0 1 6 0M10 10v7",
  customers:
    "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2 17c0-3 2-5 5-5s5 2 5 5M13 3.5a3 3 0 0 1 0 5.2M14.5 12.3c2.1.6 3.5 2.3 3.5 4.7",
  leases: "M5 2.5h10v15H5zM8 6.5h4M8 10h4M8 13.5h2",
  devices: "M3 4h10v8H3zM6 15h4M14.5 8H18v9h-3.5z",
  plans: "M3 5h14v10H3zM3 8.5h14M6 12h3",
  serials: "M3 5h14v3a2 2 0 0 0 0 4v3H3v-3a2 2 0 0 0 0-4zM8 5v10",
  orders: "M3 3h2l2 9h8l2-6H6M8 16.5h.01M14 16.5h.01",
  operations: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 2v2.5M10 15.5V18M2 10h2.5M15.5 10H18",
  audit: "M4 3h9l3 3v11H4zM7 9h6M7 12h6M7 15h3",
  outbox: "M3 5h14v10H3zM3 5l7 6 7-6",
  settings: "M3 6h8M15 6h2M13 4v4M3 14h2M9 14h8M7 12v4",
  alerts: "M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3",
  guard: "M10 2.5 16 5v5c0 4-2.5 6.3-6 7.5C6.5 16.3 4 14 4 10V5z",
  account: "M10 9.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3.5 17.5c0-3.5 2.8-5.5 6.5-5.5s6.5 2 6.5 5.5",
  redeem:
    "M3 8h14v3H3zM4.5 11v6h11v-6M10 8v9M10 8C8 8 5.5 7 6 4.5 6.5 2.5 9.5 3 10 8c.5-5 3.5-5.5 4-3.5C14.5 7 12 8 10 8",
  help: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M7.8 7.8a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5M10 14v.2",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  more: "M4 10h.8M9.6 10h.8M15.2 10h.8",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M13 13l4 4",
  filter: "M3 4.5h14l-5.5 6.5v5l-3 1.5V11z",
  columns: "M3 4h14v12H3zM8 4v12M12.5 4v12",
  view: "M5 3h10v14l-5-3.5L5 17z",
  download: "M10 3v9M6.5 9 10 12.5 13.5 9M3.5 16.5h13",
  globe: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M2.5 10h15M10 2.5c4 4.5 4 10.5 0 15M10 2.5c-4 4.5-4 10.5 0 15",
  look: "M10 2.5a7.5 7.5 0 1 0 0 15zM10 2.5a7.5 7.5 0 0 1 0 15",
  exit: "M8 3H4v14h4M12 6.5 15.5 10 12 13.5M15.5 10H8",
  switch: "M4 7h11M12 4l3 3-3 3M16 13H5M8 10l-3 3 3 3",
  close: "M5 5l10 10M15 5 5 15",
  up: "M5.5 12 10 7.5l4.5 4.5",
  down: "M5.5 8 10 12.5 14.5 8",
  next: "M8 5.5 12.5 10 8 14.5",
  previous: "M12 5.5 7.5 10l4.5 4.5",
  pin: "M7 3h6l-1 6 2.5 3h-9L8 9zM10 12v5",
  bell: "M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg viewBox="0 0 20 20" className={`icon icon-${name}`} aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}
