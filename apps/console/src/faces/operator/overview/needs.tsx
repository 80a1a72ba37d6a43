import { fleet } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { ToneIcon } from "@berth/ui/states/tone-icon.tsx";
import { Ago } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { overviewWords } from "../../../i18n/areas.ts";

/** The first line answers why somebody came: what needs them, worst first, each with its way. */
export function Needs(): ReactNode {
  const say = useWords(overviewWords);
  const may = useMay("nodes.read");
  const away = useCall(fleet.listNodes, { state: "offline", limit: 10 }, { enabled: may, keep: true });
  const all = useCall(fleet.countNodes, {}, { enabled: may, keep: true });
  if (!may) return null;
  // Its line is kept free, so that nothing moves when it comes.
  if (!away.data || !all.data) return <p className="headline" />;
  const { items } = away.data;
  const nodes = Object.values(all.data.states).reduce((sum, count) => sum + count, 0) - all.data.states.removed;
  if (nodes === 0) return <Line tone="busy">{say("nothingYet")}</Line>;
  if (items.length === 0) return <Line tone="good">{say("allWell")}</Line>;
  return (
    <section className="needs">
      <Line tone="bad">{say("needYou", { count: items.length })}</Line>
      <ul>
        {items.map(({ id, name, lastSeenAt }) => (
          <li key={id}>
            <span>
              {lastSeenAt ? say("nodeAway", { name }) : say("neverSeen", { name })}{" "}
              {lastSeenAt && <Ago at={lastSeenAt} />}
            </span>
            <AppLink to={`/operator/nodes/${id}`} label={`${say("open")} ${name}`}>
              {say("open")}
            </AppLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface LineProps {
  readonly tone: "good" | "busy" | "bad";
  readonly children: ReactNode;
}

function Line({ tone, children }: LineProps): ReactNode {
  return (
    <p className={`headline ${tone}`}>
      <ToneIcon tone={tone === "bad" ? "care" : tone} />
      {children}
    </p>
  );
}
