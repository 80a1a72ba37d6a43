import { catalogue } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useGo } from "@berth/ui/frame/links.tsx";
import type { Choice } from "@berth/ui/frame/menu.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { plansWords } from "../../../i18n/areas.ts";
import { ChangePlan } from "./change-plan.tsx";
import { type Plan, usePlanColumns } from "./columns.tsx";

export default function Plans(): ReactNode {
  const say = useWords(plansWords);
  const go = useGo();
  const [changing, change] = useState<Plan>();
  const columns = usePlanColumns();
  const actions = usePlanActions(change);
  const create = (
    <ActButton permission="plans.write" primary onClick={() => go("/operator/plans/new")}>
      {say("create")}
    </ActButton>
  );
  return (
    <Page title={say("title")} action={create}>
      <List
        name="plans"
        title={say("title")}
        route={catalogue.listPlans}
        columns={columns}
        keyOf={({ id }) => id}
        nameOf={({ name }) => name}
        search={say("search")}
        filters={[
          {
            name: "onSale",
            label: say("state"),
            kind: "choice",
            options: [
              { value: "true", label: say("onSale") },
              { value: "false", label: say("offSale") },
            ],
          },
        ]}
        actions={actions}
        empty={
          <Empty title={say("empty")} action={create}>
            {say("emptyDo")}
          </Empty>
        }
      />
      {changing && <ChangePlan plan={changing} onClose={() => change(undefined)} />}
    </Page>
  );
}

function usePlanActions(change: (plan: Plan) => void): (plan: Plan) => readonly Choice[] {
  const say = useWords(plansWords);
  const go = useGo();
  const save = useAct(catalogue.changePlan);
  const sell = async ({ id, name }: Plan, onSale: boolean) => {
    if (!(await save.act({ planId: id, onSale }))) return;
    toast(say(onSale ? "put_" : "taken", { name }), () => void save.act({ planId: id, onSale: !onSale }));
  };
  return (plan) => [
    { key: "change", label: say("change"), onChoose: () => change(plan) },
    { key: "sale", label: say(plan.onSale ? "take" : "put"), onChoose: () => void sell(plan, !plan.onSale) },
    {
      key: "serials",
      label: say("makeSerials"),
      onChoose: () => go(`/operator/serials?new=${encodeURIComponent(plan.id)}`),
    },
  ];
}
