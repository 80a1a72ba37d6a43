import { type ReplyOf, serials } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { ShowOnce } from "@berth/ui/secret/show-once.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input, Radio, Select } from "antd";
import { type ReactNode, useState } from "react";
import { serialsWords } from "../../../i18n/areas.ts";
import { type BatchValues, codesFile, emptyBatch, toBatchInput } from "./batch-values.ts";
import type { Plan } from "./columns.tsx";

interface CreateBatchProps {
  readonly open: boolean;
  readonly plans: readonly Plan[];
  /** The plan that was meant, when one was. */
  readonly planId: string | undefined;
  readonly onClose: () => void;
}

type Made = ReplyOf<typeof serials.createBatch>;

/** Makes serials, and shows their codes once. */
export function CreateBatch({ open, plans, planId, onClose }: CreateBatchProps): ReactNode {
  const say = useWords(serialsWords);
  const [made, setMade] = useState<Made>();
  const make = useAct(serials.createBatch);
  const chosen = plans.find(({ id }) => id === planId) ?? plans[0];
  const submit = async (values: BatchValues) => {
    const reply = await make.act(toBatchInput(values));
    if (!reply) return;
    onClose();
    setMade(reply);
  };
  return (
    <>
      <FormDrawer<BatchValues>
        open={open && chosen !== undefined}
        title={say("create")}
        draft="batch"
        initial={emptyBatch(chosen?.id)}
        submit={say("create")}
        isSubmitting={make.isActing}
        problem={make.problem}
        onSubmit={(values) => void submit(values)}
        onClose={onClose}
      >
        <BatchFields plans={plans} />
      </FormDrawer>
      {made && <Codes made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}

function BatchFields({ plans }: { readonly plans: readonly Plan[] }): ReactNode {
  const say = useWords(serialsWords);
  const ui = useUi();
  const required = { required: true, message: ui("form.required") };
  const inRange = (_rule: object, typed: string) => {
    const isGood = /^\d{1,5}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= 10_000;
    return isGood ? Promise.resolve() : Promise.reject(new Error(say("badCount")));
  };
  return (
    <>
      <Form.Item name="name" label={say("name")} extra={say("nameHint")} rules={[required]}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="planId" label={say("plan")} rules={[required]}>
        <Select options={plans.map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <Form.Item name="count" label={say("count")} extra={say("countHint")} rules={[{ validator: inRange }]}>
        <Input inputMode="numeric" maxLength={5} />
      </Form.Item>
      <Form.Item name="redeemOn" label={say("redeemBy")} rules={[required]}>
        <Input type="date" />
      </Form.Item>
      <Form.Item name="payment" label={say("payment")} extra={say("paymentHint")}>
        <Radio.Group
          options={(["paid", "pending"] as const).map((value) => ({ value, label: say(`payments.${value}`) }))}
        />
      </Form.Item>
    </>
  );
}

function Codes({ made: { batch, codes }, onClose }: { readonly made: Made; readonly onClose: () => void }): ReactNode {
  const say = useWords(serialsWords);
  return (
    <ShowOnce
      title={say("madeTitle", { count: codes.length })}
      label={say("codes")}
      secret={codes.join("\n")}
      file={{ name: `serials-${batch.id}.csv`, text: codesFile(codes, batch), type: "text/csv" }}
      onClose={onClose}
    >
      <p>{say("madeWhat")}</p>
    </ShowOnce>
  );
}
