import { catalogue, serials } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { AppLink, useQuery } from "@berth/ui/frame/links.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { serialsWords } from "../../../i18n/areas.ts";
import { useBatchColumns } from "./columns.tsx";
import { CreateBatch } from "./create-batch.tsx";

const states = ["open", "pending", "expired"] as const;

export default function Batches(): ReactNode {
  const say = useWords(serialsWords);
  const ui = useUi();
  const [query, changeQuery] = useQuery();
  const plans = useCall(catalogue.listPlans, { limit: 100, sort: "name" });
  const columns = useBatchColumns(plans.data?.items ?? []);
  const hasPlans = plans.data === undefined || plans.data.items.length > 0;
  const create = (
    <ActButton
      permission="serials.write"
      primary
      blocked={hasPlans ? undefined : say("needPlan")}
      onClick={() => changeQuery({ new: "yes" })}
    >
      {say("create")}
    </ActButton>
  );
  return (
    <Page title={say("title")} action={create}>
      <List
        name="batches"
        title={say("title")}
        route={serials.listBatches}
        counts={serials.countBatches}
        columns={columns}
        keyOf={({ id }) => id}
        nameOf={({ name }) => name}
        hrefOf={({ id }) => `/operator/serials/${id}`}
        states={states.map((value) => ({ value, label: say(`states.${value}`) }))}
        search={say("search")}
        filters={[
          {
            name: "planId",
            label: say("plan"),
            kind: "choice",
            options: (plans.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
          },
          {
            name: "payment",
            label: say("payment"),
            kind: "choice",
            options: (["paid", "pending", "credit"] as const).map((value) => ({
              value,
              label: ui(`states.payment.${value}`),
            })),
          },
        ]}
        empty={
          <Empty
            title={say("empty")}
            action={hasPlans ? create : <AppLink to="/operator/plans/new">{say("toPlans")}</AppLink>}
          >
            {say(hasPlans ? "emptyDo" : "needPlan")}
          </Empty>
        }
      />
      <CreateBatch
        open={query.new !== undefined}
        plans={plans.data?.items ?? []}
        planId={query.new}
        onClose={() => changeQuery({ new: undefined })}
      />
    </Page>
  );
}
