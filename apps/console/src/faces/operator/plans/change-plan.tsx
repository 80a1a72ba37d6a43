import { catalogue } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { fractionDigits, toMinor } from "@berth/ui/numbers/format.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input } from "antd";
import type { ReactNode } from "react";
import { plansWords } from "../../../i18n/areas.ts";
import type { Plan } from "./columns.tsx";
import { PriceField } from "./price-field.tsx";

interface ChangeProps {
  readonly plan: Plan;
  readonly onClose: () => void;
}

/** Name and price: the rest of a plan is what was sold, and stays. */
export function ChangePlan({ plan, onClose }: ChangeProps): ReactNode {
  const say = useWords(plansWords);
  const ui = useUi();
  const save = useAct(catalogue.changePlan);
  const { currency } = plan.price;
  const submit = async ({ name, price }: { name: string; price: string }) => {
    const minor = toMinor(price, currency);
    if (minor === undefined) return;
    if (!(await save.act({ planId: plan.id, name: name.trim(), price: { minor, currency } }))) return;
    toast(say("changed", { name: name.trim() }));
    onClose();
  };
  return (
    <FormDrawer
      open
      title={say("change")}
      initial={{ name: plan.name, price: asTyped(plan.price) }}
      submit={say("change")}
      isSubmitting={save.isActing}
      problem={save.problem}
      onSubmit={(values) => void submit(values)}
      onClose={onClose}
    >
      <p className="form-intro">{say("changeIntro")}</p>
      <Form.Item name="name" label={say("name")} rules={[{ required: true, message: ui("form.required") }]}>
        <Input maxLength={100} />
      </Form.Item>
      <PriceField currency={currency} />
    </FormDrawer>
  );
}

/** Minor units as somebody types them: `2850` of CNY is `28.50`. */
function asTyped({ minor, currency }: Plan["price"]): string {
  const digits = fractionDigits(currency);
  const padded = minor.padStart(digits + 1, "0");
  return digits === 0 ? minor : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}
