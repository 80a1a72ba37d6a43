import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { AppLink, useGo } from "@berth/ui/frame/links.tsx";
import { Page, Panel } from "@berth/ui/frame/page.tsx";
import { Deadline, Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { Button } from "antd";
import type { ReactNode } from "react";
import { serviceWords } from "../../../i18n/areas.ts";
import { LeaseState, LeaseWhy, TrafficLeft } from "./lease-parts.tsx";
import { byNeed, isOver, type Lease, useOwnLeases } from "./own-leases.ts";
import "./leases.css";

/** What I have, how long and how much is left, and how to connect. */
export default function MyServices(): ReactNode {
  const say = useWords(serviceWords);
  const asked = useOwnLeases();
  return (
    <Page title={say("title")} help="/help/tailscale" action={<RedeemButton />}>
      <Loaded of={asked} lines={6}>
        {({ items }) => <Services items={items} />}
      </Loaded>
      <nav className="row lease-more" aria-label={say("elsewhere")}>
        <AppLink to="/plans">{say("plans")}</AppLink>
        <AppLink to="/orders">{say("orders")}</AppLink>
      </nav>
    </Page>
  );
}

function RedeemButton(): ReactNode {
  const say = useWords(serviceWords);
  const go = useGo();
  return <Button onClick={() => go("/redeem")}>{say("redeem")}</Button>;
}

function Services({ items }: { readonly items: readonly Lease[] }): ReactNode {
  const say = useWords(serviceWords);
  const go = useGo();
  const present = items.filter((lease) => !isOver(lease)).sort(byNeed);
  const earlier = items.filter(isOver);
  const redeem = (
    <Button type="primary" onClick={() => go("/redeem")}>
      {say("redeemTitle")}
    </Button>
  );
  return (
    <>
      {present.length === 0 && (
        <Empty title={say("empty")} action={redeem}>
          {say("emptyDo")}
        </Empty>
      )}
      {present.map((lease) => (
        <LeaseCard key={lease.id} lease={lease} />
      ))}
      {earlier.length > 0 && <Earlier items={earlier} />}
    </>
  );
}

function LeaseCard({ lease }: { readonly lease: Lease }): ReactNode {
  const say = useWords(serviceWords);
  const go = useGo();
  const at = `/leases/${lease.id}`;
  const kind = lease.kind as "derp";
  return (
    <article className="lease-card" aria-label={lease.planName}>
      <header className="lease-card-head">
        <div>
          <h2>
            <AppLink to={at}>{lease.planName}</AppLink>
          </h2>
          <p className="quiet">{say(`kinds.${kind}`)}</p>
        </div>
        <LeaseState lease={lease} />
      </header>
      <LeaseWhy lease={lease} />
      <div className="lease-figures">
        <div>
          <span className="quiet">{say("timeLeft")}</span>
          <span className="lease-figure">
            <Deadline at={lease.until} />
          </span>
        </div>
        <div>
          <span className="quiet">{say("trafficLeft")}</span>
          <TrafficLeft lease={lease} />
        </div>
      </div>
      <Button type="primary" className="lease-connect" onClick={() => go(at)}>
        {say("connect")}
      </Button>
    </article>
  );
}

function Earlier({ items }: { readonly items: readonly Lease[] }): ReactNode {
  const say = useWords(serviceWords);
  return (
    <Panel title={say("earlier")}>
      <ul className="lease-earlier">
        {items.map((lease) => (
          <li key={lease.id}>
            <AppLink to={`/leases/${lease.id}`}>{lease.planName}</AppLink>
            <LeaseState lease={lease} />
            <span className="quiet">
              {say("over")} <Moment at={lease.until} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
