import { audit } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { CopyButton } from "@berth/ui/secret/copy-button.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Drawer } from "antd";
import type { ReactNode } from "react";
import { auditWords } from "../../../i18n/areas.ts";
import { EventName } from "../../../parts/events.tsx";
import type { Event } from "./columns.tsx";
import "./audit.css";

interface EventDrawerProps {
  readonly id: string;
  readonly onClose: () => void;
}

/** All that is known of one event. */
export function EventDrawer({ id, onClose }: EventDrawerProps): ReactNode {
  const say = useWords(auditWords);
  const asked = useCall(audit.getEvent, { eventId: id as `event_${string}` });
  return (
    <Drawer open onClose={onClose} size={480} title={say("one")}>
      <Loaded of={asked}>{(event) => <EventFacts event={event} />}</Loaded>
    </Drawer>
  );
}

function EventFacts({ event }: { readonly event: Event }): ReactNode {
  const say = useWords(auditWords);
  const ui = useUi();
  const links: readonly [label: string, id: string | null, to: string][] = [
    [say("account"), event.accountId, "/operator/accounts/"],
    [say("lease"), event.leaseId, "/operator/leases/"],
    [say("node"), event.nodeId, "/operator/nodes/"],
  ];
  const personal = event.personal?.flatMap(({ fields }) =>
    fields ? Object.entries(fields) : [[say("erased"), "–"] as [string, string]],
  );
  return (
    <div className="stack">
      <h2 className="event-title">
        <EventName name={event.name} />
      </h2>
      <dl className="event-facts">
        <Fact label={say("at")}>
          <Moment at={event.at} />
        </Fact>
        <Fact label={say("name")}>
          <code>{event.name}</code>
        </Fact>
        <Fact label={say("actor")}>
          <code>{event.actor}</code>
        </Fact>
        {links.map(
          ([label, id, to]) =>
            id && (
              <Fact key={label} label={label}>
                <AppLink to={`${to}${id}`}>{id}</AppLink>
              </Fact>
            ),
        )}
        <Fact label={say("position")}>{event.position ?? say("unsealed")}</Fact>
        {Object.entries(event.data).map(([name, value]) => (
          <Fact key={name} label={name}>
            <code>{typeof value === "object" ? JSON.stringify(value) : String(value)}</code>
          </Fact>
        ))}
        {personal?.map(([name, value]) => (
          <Fact key={name} label={name}>
            {value}
          </Fact>
        ))}
      </dl>
      <CopyButton text={JSON.stringify(event, null, 2)} label={ui("copy")} />
    </div>
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
