import { fleet, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { Empty, Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { CopyButton } from "@berth/ui/secret/copy-button.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import type { Tone } from "@berth/ui/states/tones.ts";
import { Ago } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { nodeWords } from "../../../i18n/areas.ts";
import type { Node } from "./node-type.ts";
import "./reachability.css";

type Reach = ReplyOf<typeof fleet.getReachability>;

const tones: Readonly<Record<Reach["results"][number]["outcome"], Tone>> = {
  open: "good",
  blocked: "bad",
  wrong_host: "bad",
};

/** Whether customers get through to a node, port by port, and the rule that lets them. */
export function Reachability({ node: { id } }: { readonly node: Node }): ReactNode {
  const say = useWords(nodeWords);
  const asked = useCall(fleet.getReachability, { nodeId: id }, { everyMs: 5_000 });
  const again = useAct(fleet.testReachability, { onDone: () => toast(say("reach.testing")) });
  const test = (
    <ActButton permission="nodes.write" loading={again.isActing} onClick={() => void again.act({ nodeId: id })}>
      {say("reach.test")}
    </ActButton>
  );
  return (
    <Panel title={say("tabs.reachability")} action={test}>
      <Loaded of={asked}>
        {(reach) =>
          reach.results.length === 0 ? (
            <Empty title={say("reach.none")}>{say("reach.noneDo")}</Empty>
          ) : (
            <div className="stack">
              <Address address={reach.address} />
              <Results results={reach.results} />
              <Rules rules={reach.rules} />
            </div>
          )
        }
      </Loaded>
    </Panel>
  );
}

/** Where the node says that it is, when that leads elsewhere. */
function Address({ address: { advertised, observed, better } }: Pick<Reach, "address">): ReactNode {
  const say = useWords(nodeWords);
  if (better) return <p className="reach-why">{say("reach.better", { advertised: advertised ?? "–", better })}</p>;
  return (
    <p className="quiet">
      {say("reach.address", { advertised: advertised ?? observed ?? "–" })}
      {observed && observed !== advertised && ` · ${say("reach.observed", { observed })}`}
    </p>
  );
}

function Results({ results }: Pick<Reach, "results">): ReactNode {
  const say = useWords(nodeWords);
  return (
    <ul className="reach-rows">
      {results.map(({ seenFrom, seenFromName, address, protocol, port, outcome, testedAt }) => (
        <li key={`${seenFrom} ${address} ${protocol} ${port}`}>
          <code className="reach-port">
            {protocol} {address.includes(":") ? `[${address}]` : address}:{port}
          </code>
          <span className="quiet">
            {say("reach.from", { name: seenFromName ?? say("reach.control") })} · <Ago at={testedAt} />
          </span>
          <Tag tone={tones[outcome]}>{say(`reach.outcomes.${outcome}`)}</Tag>
        </li>
      ))}
    </ul>
  );
}

function Rules({ rules }: Pick<Reach, "rules">): ReactNode {
  const say = useWords(nodeWords);
  if (rules.length === 0) return null;
  return (
    <section aria-label={say("reach.rules")} className="stack">
      <p>{say("reach.rules")}</p>
      <ul className="reach-rows">
        {rules.map(({ tool, rule }) => (
          <li key={tool}>
            <strong className="reach-tool">{tool === "cloud" ? say("reach.cloud") : tool}</strong>
            <code className="reach-rule">{rule}</code>
            <CopyButton text={rule} quiet />
          </li>
        ))}
      </ul>
    </section>
  );
}
