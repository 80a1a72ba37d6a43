import { toMinor } from "@berth/ui/numbers/format.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input } from "antd";
import type { ReactNode } from "react";
import { plansWords } from "../../../i18n/areas.ts";

/** An amount, exact to the currency's last digit. */
export function PriceField({ currency }: { readonly currency: string }): ReactNode {
  const say = useWords(plansWords);
  const ui = useUi();
  const isPrice = (_rule: object, typed: string) => {
    const isGood = !typed || toMinor(typed, /^[A-Z]{3}$/.test(currency) ? currency : "CNY") !== undefined;
    return isGood ? Promise.resolve() : Promise.reject(new Error(say("badPrice")));
  };
  return (
    <Form.Item
      name="price"
      label={say("price")}
      extra={say("priceHint")}
      rules={[{ required: true, message: ui("form.required") }, { validator: isPrice }]}
    >
      <Input inputMode="decimal" suffix={currency} maxLength={18} />
    </Form.Item>
  );
}
