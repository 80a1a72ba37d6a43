import { orders, type ReplyOf } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { AppLink, useGo, useQuery } from "@berth/ui/frame/links.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { toMoney } from "@berth/ui/numbers/format.ts";
import { useSession } from "@berth/ui/permission/session.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import { Button } from "antd";
import type { ReactNode } from "react";
import { ordersWords } from "../../../i18n/areas.ts";
import "./orders.css";

type Order = ReplyOf<typeof orders.listOrders>["items"][number];

const perPage = 25;

/** What I bought or redeemed, newest first; a page of it is an address. */
export default function MyOrders(): ReactNode {
  const say = useWords(ordersWords);
  const go = useGo();
  const { account } = useSession();
  const [{ after }] = useQuery();
  // Own ones, also of who may see everybody's.
  const input = { accountId: account.id, limit: perPage, ...(after ? { after } : {}) };
  const asked = useCall(orders.listOrders, input, { keep: true });
  const redeem = (
    <Button type="primary" onClick={() => go("/redeem")}>
      {say("redeem")}
    </Button>
  );
  return (
    <Page title={say("mine")} help="/help/buying">
      <Loaded of={asked} lines={5}>
        {({ items, next }) =>
          items.length === 0 ? (
            <Empty title={say("empty")} action={redeem}>
              {say("emptyDo")}
            </Empty>
          ) : (
            <>
              <ul className="own-orders">
                {items.map((order) => (
                  <OrderRow key={order.id} order={order} />
                ))}
              </ul>
              <Pages after={after} next={next} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function OrderRow({ order }: { readonly order: Order }): ReactNode {
  const say = useWords(ordersWords);
  const language = useLanguage();
  const { id, planName, leaseId, kind, state, price, createdAt } = order;
  return (
    <li>
      <div className="own-order-what">
        <AppLink to={`/leases/${leaseId}`}>{planName}</AppLink>
        <span className="quiet">
          {say(`kinds.${kind}`)} · <Moment at={createdAt} /> · <code title={id}>…{id.slice(-8)}</code>
        </span>
      </div>
      <StateTag of="order" state={state} />
      <span className="figure own-order-price">{toMoney(price, language)}</span>
    </li>
  );
}

interface PagesProps {
  readonly after: string | undefined;
  readonly next: string | null;
}

function Pages({ after, next }: PagesProps): ReactNode {
  const ui = useUi();
  const go = useGo();
  if (!after && next === null) return null;
  return (
    <div className="row">
      {after && <Button onClick={() => go("/orders")}>{ui("list.first")}</Button>}
      {next !== null && (
        <Button onClick={() => go(`/orders?after=${encodeURIComponent(next)}`)}>{ui("list.next")}</Button>
      )}
    </div>
  );
}
