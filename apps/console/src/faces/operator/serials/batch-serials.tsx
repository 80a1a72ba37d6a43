import { type ReplyOf, serials } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Column, Selection } from "@berth/ui/list/types.ts";
import { BatchDialog } from "@berth/ui/operation/batch-dialog.tsx";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { serialsWords } from "../../../i18n/areas.ts";
import type { Batch } from "./columns.tsx";

type Serial = ReplyOf<typeof serials.listSerials>["items"][number];

const states = ["unused", "used", "pending", "expired", "revoked"] as const;

/** Each serial of a batch, who redeemed it, and the lease that it became. */
export function BatchSerials({ batchId }: { readonly batchId: Batch["id"] }): ReactNode {
  const say = useWords(serialsWords);
  const ui = useUi();
  const [marked, mark] = useState<Selection<Serial>>();
  return (
    <>
      <List
        name="serials"
        title={say("tabs.serials")}
        route={serials.listSerials}
        counts={serials.countSerials}
        fixed={{ batchId }}
        columns={useColumns()}
        keyOf={({ id }) => id}
        nameOf={({ prefix }) => prefix}
        states={states.map((value) => ({ value, label: ui(`states.serial.${value}`) }))}
        search={say("searchSerials")}
        bulk={[{ key: "revoke", label: say("revokeOne"), permission: "serials.write", isDanger: true, run: mark }]}
        empty={<Empty title={say("noSerials")} />}
      />
      {marked && (
        <BatchDialog
          title={(count) => say("revokeMany", { count })}
          submit={say("revokeOne")}
          isDanger
          selection={marked}
          list={serials.listSerials}
          batch={serials.revokeSerials}
          toItem={({ id }) => ({ serialId: id })}
          nameOf={({ prefix }) => `${prefix}…`}
          onClose={() => mark(undefined)}
        >
          <p>{say("revokeWhat")}</p>
        </BatchDialog>
      )}
    </>
  );
}

function useColumns(): Column<Serial>[] {
  const say = useWords(serialsWords);
  return [
    { key: "prefix", title: say("prefix"), isFixed: true, cell: ({ prefix }) => <code>{prefix}…</code> },
    { key: "state", title: say("state"), cell: ({ state }) => <StateTag of="serial" state={state} /> },
    {
      key: "redeemedBy",
      title: say("redeemedBy"),
      cell: ({ redeemedBy }) =>
        redeemedBy ? <AppLink to={`/operator/accounts/${redeemedBy}`}>…{redeemedBy.slice(-8)}</AppLink> : "–",
    },
    {
      key: "redeemedAt",
      title: say("redeemedAt"),
      sort: "redeemed",
      cell: ({ redeemedAt }) => (redeemedAt ? <Moment at={redeemedAt} /> : "–"),
    },
    {
      key: "lease",
      title: say("lease"),
      cell: ({ leaseId }) => (leaseId ? <AppLink to={`/operator/leases/${leaseId}`}>{say("openLease")}</AppLink> : "–"),
    },
    { key: "id", title: say("id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}
