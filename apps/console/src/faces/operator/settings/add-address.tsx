import { type CallOf, guard } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input, Radio } from "antd";
import type { ReactNode } from "react";
import { settingsWords } from "../../../i18n/areas.ts";

interface AddAddressProps {
  readonly open: boolean;
  readonly onAdded: () => void;
  readonly onClose: () => void;
}

type Values = CallOf<typeof guard.addAddress>;

/** Puts a network onto a list. */
export function AddAddress({ open, onAdded, onClose }: AddAddressProps): ReactNode {
  const say = useWords(settingsWords);
  const ui = useUi();
  const add = useAct(guard.addAddress);
  const submit = async (values: Values) => {
    if (!(await add.act({ ...values, network: values.network.trim() }))) return;
    onAdded();
    onClose();
  };
  const required = [{ required: true, message: ui("form.required") }];
  return (
    <FormDrawer<Values>
      open={open}
      title={say("addAddress")}
      initial={{ kind: "deny", network: "", note: "" }}
      submit={say("addAddress")}
      isSubmitting={add.isActing}
      problem={add.problem}
      onSubmit={(values) => void submit(values)}
      onClose={onClose}
    >
      <Form.Item name="kind" label={say("kind")} extra={say("kindHint")}>
        <Radio.Group options={(["deny", "allow"] as const).map((value) => ({ value, label: say(`kinds.${value}`) }))} />
      </Form.Item>
      <Form.Item name="network" label={say("network")} extra={say("networkHint")} rules={required}>
        <Input className="mono" maxLength={100} spellCheck={false} />
      </Form.Item>
      <Form.Item name="note" label={say("note")} extra={say("noteHint")} rules={required}>
        <Input maxLength={100} />
      </Form.Item>
    </FormDrawer>
  );
}
