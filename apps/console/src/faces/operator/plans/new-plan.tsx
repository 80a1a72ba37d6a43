import { catalogue } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { useGo } from "@berth/ui/frame/links.tsx";
import { Page, Panel } from "@berth/ui/frame/page.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Button, Form, Input, Radio } from "antd";
import type { ReactNode } from "react";
import { plansWords } from "../../../i18n/areas.ts";
import { PlanOptions } from "./plan-options.tsx";
import { emptyPlan, type PlanValues, toPlanInput } from "./plan-values.ts";
import { PriceField } from "./price-field.tsx";
import { Whole } from "./whole-field.tsx";
import "./new-plan.css";

/** What is sold, its limits and its price. */
export default function NewPlan(): ReactNode {
  const say = useWords(plansWords);
  const ui = useUi();
  const go = useGo();
  const [form] = Form.useForm<PlanValues>();
  const known = useCall(catalogue.listPlans, { limit: 1 });
  const fixed = known.data?.items[0]?.price.currency;
  const currency = Form.useWatch("currency", form) ?? emptyPlan.currency;
  const create = useAct(catalogue.createPlan);
  const submit = async (values: PlanValues) => {
    const input = toPlanInput({ ...values, currency: fixed ?? values.currency });
    const plan = input && (await create.act(input));
    if (!plan) return;
    toast(say("made", { name: plan.name }));
    go("/operator/plans");
  };
  return (
    <Page title={say("create")}>
      <Form
        form={form}
        layout="vertical"
        validateTrigger="onBlur"
        initialValues={emptyPlan}
        onFinish={(values) => void submit(values)}
        className="plan-form"
      >
        <Panel title={say("what")}>
          <Form.Item
            name="name"
            label={say("name")}
            extra={say("nameHint")}
            rules={[{ required: true, message: ui("form.required") }]}
          >
            <Input maxLength={100} autoFocus />
          </Form.Item>
          <Whole name="durationDays" label={say("duration")} most={3_660} suffix={say("dayUnit")} isRequired />
          <PlanOptions kind="derp" />
        </Panel>
        <Panel title={say("limits")}>
          <Form.Item
            name="trafficGb"
            label={say("traffic")}
            extra={say("trafficHint")}
            rules={[gbRule(say("badNumber"))]}
          >
            <Input inputMode="decimal" suffix="GB" maxLength={19} />
          </Form.Item>
          <Form.Item name="reset" label={say("reset")}>
            <Radio.Group
              options={(["never", "daily", "monthly"] as const).map((value) => ({
                value,
                label: say(`resets.${value}`),
              }))}
            />
          </Form.Item>
          <Whole name="devices" label={say("devices")} hint={say("devicesHint")} most={10_000} />
          <Whole name="mbps" label={say("rate")} hint={say("rateHint")} most={100_000} suffix="Mbit/s" />
          <Form.Item name="regions" label={say("regions")} extra={say("regionsHint")}>
            <Input maxLength={400} />
          </Form.Item>
        </Panel>
        <Panel title={say("sale")}>
          <PriceField currency={fixed ?? currency} />
          {fixed === undefined && (
            <Form.Item
              name="currency"
              label={say("currency")}
              extra={say("currencyHint")}
              rules={[{ pattern: /^[A-Z]{3}$/, message: say("badCurrency") }]}
            >
              <Input maxLength={3} />
            </Form.Item>
          )}
        </Panel>
        {create.problem && <ProblemPanel problem={create.problem} />}
        <div className="plan-foot">
          <Button onClick={() => go("/operator/plans")}>{ui("cancel")}</Button>
          <Button type="primary" htmlType="submit" loading={create.isActing}>
            {say("create")}
          </Button>
        </div>
      </Form>
    </Page>
  );
}

const gbRule = (message: string) => ({ pattern: /^\d{1,9}(\.\d{1,9})?$/, message });
