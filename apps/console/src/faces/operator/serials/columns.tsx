import type { catalogue, ReplyOf, serials } from "@berth/api";
import type { Column } from "@berth/ui/list/types.ts";
import { QuotaBar } from "@berth/ui/numbers/numbers.tsx";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { serialsWords } from "../../../i18n/areas.ts";

export type Batch = ReplyOf<typeof serials.listBatches>["items"][number];
export type Plan = ReplyOf<typeof catalogue.listPlans>["items"][number];

export function useBatchColumns(plans: readonly Plan[]): Column<Batch>[] {
  const say = useWords(serialsWords);
  const nameOf = (planId: string) => plans.find(({ id }) => id === planId)?.name ?? `…${planId.slice(-8)}`;
  return [
    { key: "name", title: say("name"), sort: "name", isFixed: true, cell: ({ name }) => name },
    { key: "payment", title: say("payment"), cell: ({ payment }) => <StateTag of="payment" state={payment} /> },
    { key: "plan", title: say("plan"), cell: ({ planId }) => nameOf(planId) },
    {
      key: "use",
      title: say("use"),
      isFigure: true,
      cell: ({ used, count, revoked }) => (
        <>
          {say("useOf", { used, count })}
          <QuotaBar used={used} all={count} />
          {revoked > 0 && <span className="quiet">{say("revokedOf", { count: revoked })}</span>}
        </>
      ),
    },
    { key: "redeemBy", title: say("redeemBy"), sort: "redeemBy", cell: ({ redeemBy }) => <Moment at={redeemBy} /> },
    { key: "created", title: say("created"), sort: "created", cell: ({ createdAt }) => <Moment at={createdAt} /> },
    { key: "madeBy", title: say("madeBy"), isHidden: true, cell: ({ madeBy }) => <code>…{madeBy.slice(-8)}</code> },
    { key: "id", title: say("id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}
