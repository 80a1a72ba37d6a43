import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input } from "antd";
import type { ReactNode } from "react";
import { plansWords } from "../../../i18n/areas.ts";

interface WholeProps {
  readonly name: string;
  readonly label: string;
  readonly most: number;
  readonly hint?: string;
  readonly suffix?: string;
  readonly isRequired?: boolean;
}

/** A whole number from 1. */
export function Whole({ name, label, most, hint, suffix, isRequired = false }: WholeProps): ReactNode {
  const say = useWords(plansWords);
  const ui = useUi();
  const inRange = (_rule: object, typed: string) => {
    const isGood = !typed || (/^\d+$/.test(typed) && Number(typed) >= 1 && Number(typed) <= most);
    return isGood ? Promise.resolve() : Promise.reject(new Error(say("badWhole", { most })));
  };
  return (
    <Form.Item
      name={name}
      label={label}
      extra={hint}
      rules={[...(isRequired ? [{ required: true, message: ui("form.required") }] : []), { validator: inRange }]}
    >
      <Input inputMode="numeric" suffix={suffix} maxLength={6} />
    </Form.Item>
  );
}
