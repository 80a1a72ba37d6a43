import type { orders, ReplyOf } from "@berth/api";
import type { Column } from "@berth/ui/list/types.ts";
import { toMoney } from "@berth/ui/numbers/format.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import { ordersWords } from "../i18n/areas.ts";

export type Order = ReplyOf<typeof orders.listOrders>["items"][number];

export function useOrderColumns(): Column<Order>[] {
  const say = useWords(ordersWords);
  const language = useLanguage();
  return [
    { key: "id", title: say("id"), isFixed: true, cell: ({ id }) => <code title={id}>…{id.slice(-8)}</code> },
    { key: "state", title: say("state"), cell: ({ state }) => <StateTag of="order" state={state} /> },
    { key: "kind", title: say("kind"), cell: ({ kind }) => say(`kinds.${kind}`) },
    {
      key: "price",
      title: say("price"),
      sort: "price",
      isFigure: true,
      cell: ({ price }) => <span className="figure">{toMoney(price, language)}</span>,
    },
    {
      key: "account",
      title: say("account"),
      cell: ({ accountId }) => <code title={accountId}>…{accountId.slice(-8)}</code>,
    },
    { key: "created", title: say("created"), sort: "created", cell: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
}
