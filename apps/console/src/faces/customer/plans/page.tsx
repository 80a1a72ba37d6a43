import { catalogue, type ReplyOf } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { AppLink, useGo } from "@berth/ui/frame/links.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { toGb, toMoney } from "@berth/ui/numbers/format.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { findWord, useLanguage, useWords } from "@berth/ui/words/words.ts";
import { Button } from "antd";
import type { ReactNode } from "react";
import { plansWords } from "../../../i18n/areas.ts";
import "./plans.css";

type Plan = ReplyOf<typeof catalogue.listPlans>["items"][number];

/** What is on sale, the cheapest first, and how to buy it. */
export default function PlansOnSale(): ReactNode {
  const say = useWords(plansWords);
  const go = useGo();
  const asked = useCall(catalogue.listPlans, { onSale: "true", sort: "price", limit: 100 });
  const redeem = (
    <Button type="primary" onClick={() => go("/redeem")}>
      {say("redeem")}
    </Button>
  );
  return (
    <Page title={say("title")} help="/help/buying" action={redeem}>
      <div className="row">
        <span>{say("howToBuy")}</span>
        <AppLink to="/help/buying">{say("more")}</AppLink>
      </div>
      <Loaded of={asked} lines={6}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={say("noneOnSale")}>{say("noneOnSaleDo")}</Empty>
          ) : (
            <ul className="plan-cards">
              {items.map((plan) => (
                <PlanCard key={plan.id} plan={plan} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  );
}

function PlanCard({ plan }: { readonly plan: Plan }): ReactNode {
  const say = useWords(plansWords);
  const ui = useUi();
  const language = useLanguage();
  const { name, kind, price, durationDays, trafficBytes, devices, mbps, reset, regions } = plan;
  return (
    <li className="plan-card">
      <div>
        <h2>{name}</h2>
        <p className="quiet">{findWord(plansWords, `kinds.${kind}`) ?? kind}</p>
      </div>
      <p className="plan-price">
        {toMoney(price, language)} <span className="quiet">/ {say("days", { count: durationDays })}</span>
      </p>
      <dl className="plan-facts">
        <Fact label={say("traffic")}>{trafficBytes === null ? ui("unlimited") : toGb(trafficBytes, language)}</Fact>
        {reset !== "never" && <Fact label={say("reset")}>{say(`resets.${reset}`)}</Fact>}
        <Fact label={say("devices")}>{devices ?? ui("unlimited")}</Fact>
        <Fact label={say("rate")}>{mbps === null ? ui("unlimited") : say("mbps", { count: mbps })}</Fact>
        <Fact label={say("regions")}>{regions.join(" · ") || say("anywhere")}</Fact>
      </dl>
    </li>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
