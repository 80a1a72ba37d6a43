import { catalogue, serials } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { Detail, Figure, Figures } from "@berth/ui/detail/detail.tsx";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { AppLink, useParam } from "@berth/ui/frame/links.tsx";
import type { Choice } from "@berth/ui/frame/menu.tsx";
import { QuotaBar } from "@berth/ui/numbers/numbers.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { StateTag } from "@berth/ui/states/state-tag.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { serialsWords } from "../../../i18n/areas.ts";
import { BatchSerials } from "./batch-serials.tsx";
import type { Batch } from "./columns.tsx";

export default function BatchPage(): ReactNode {
  const batchId = useParam("batchId");
  const asked = useCall(serials.listBatches, { q: batchId, limit: 1 });
  return <Loaded of={asked}>{({ items: [batch] }) => (batch ? <BatchDetail batch={batch} /> : null)}</Loaded>;
}

function BatchDetail({ batch }: { readonly batch: Batch }): ReactNode {
  const say = useWords(serialsWords);
  const mayWrite = useMay("serials.write");
  const [isRevoking, setRevoking] = useState(false);
  const settle = useAct(serials.settleBatch, { onDone: ({ name }) => toast(say("settled", { name })) });
  const revoke: Choice = {
    key: "revoke",
    label: say("revoke"),
    danger: true,
    blocked: batch.unused === 0 ? say("nothingLeft") : undefined,
    onChoose: () => setRevoking(true),
  };
  return (
    <Detail
      name={batch.name}
      at={`/operator/serials/${batch.id}`}
      state={<StateTag of="payment" state={batch.payment} />}
      actions={
        batch.payment === "pending" && (
          <ActButton
            permission="serials.write"
            primary
            loading={settle.isActing}
            onClick={() => void settle.act({ batchId: batch.id })}
          >
            {say("settle")}
          </ActButton>
        )
      }
      choices={mayWrite ? [revoke] : []}
      figures={<BatchFigures batch={batch} />}
    >
      <BatchSerials batchId={batch.id} />
      {isRevoking && <RevokeBatch batch={batch} onClose={() => setRevoking(false)} />}
    </Detail>
  );
}

function BatchFigures({ batch }: { readonly batch: Batch }): ReactNode {
  const say = useWords(serialsWords);
  const plans = useCall(catalogue.listPlans, { q: batch.planId, limit: 1 });
  return (
    <Figures>
      <Figure label={say("plan")}>
        <AppLink to="/operator/plans">{plans.data?.items[0]?.name ?? `…${batch.planId.slice(-8)}`}</AppLink>
      </Figure>
      <Figure label={say("use")}>
        {say("useOf", { used: batch.used, count: batch.count })}
        <QuotaBar used={batch.used} all={batch.count} />
      </Figure>
      <Figure label={say("redeemBy")}>
        <Moment at={batch.redeemBy} />
      </Figure>
      <Figure label={say("created")}>
        <Moment at={batch.createdAt} />
      </Figure>
    </Figures>
  );
}

function RevokeBatch({ batch, onClose }: { readonly batch: Batch; readonly onClose: () => void }): ReactNode {
  const say = useWords(serialsWords);
  const revoke = useAct(serials.revokeBatch);
  const { id, name } = batch;
  return (
    <DangerDialog
      title={say("revokeTitle", { name })}
      submit={say("revoke")}
      name={name}
      route={serials.revokeBatch}
      input={{ batchId: id }}
      act={revoke}
      isIrreversible
      sayEvent={(event, count) => findWord(serialsWords, `effects.${event}`, { count })}
      onDone={() => {
        toast(say("revoked", { name }));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("revokeWhat")}</p>
    </DangerDialog>
  );
}
