import { audit } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { useQuery } from "@berth/ui/frame/links.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { auditWords } from "../../../i18n/areas.ts";
import { type Event, useEventColumns } from "./columns.tsx";
import { EventDrawer } from "./event-drawer.tsx";
import { Head } from "./head.tsx";

/** Who did what to what, from where, with before and after. */
export default function Audit(): ReactNode {
  const say = useWords(auditWords);
  const [query, change] = useQuery();
  const columns = useEventColumns((event) => change({ open: event.id }));
  return (
    <Page title={say("title")}>
      <Head />
      <List
        name="events"
        title={say("title")}
        route={audit.listEvents}
        columns={columns}
        keyOf={({ id }: Event) => id}
        nameOf={({ name }: Event) => name}
        search={say("search")}
        filters={[
          { name: "name", label: say("name") },
          { name: "actor", label: say("actor") },
          { name: "accountId", label: say("account") },
          { name: "leaseId", label: say("lease") },
          { name: "nodeId", label: say("node") },
          { name: "from", label: say("from"), kind: "date" },
          { name: "to", label: say("to"), kind: "date" },
        ]}
        views={[
          { name: say("views.signIns"), query: "name=accounts.signed_in" },
          { name: say("views.failures"), query: "name=accounts.sign_in_failed" },
          { name: say("views.settings"), query: "name=settings.changed" },
        ]}
        empty={<Empty title={say("empty")} />}
      />
      {query.open !== undefined && <EventDrawer id={query.open} onClose={() => change({ open: undefined })} />}
    </Page>
  );
}
