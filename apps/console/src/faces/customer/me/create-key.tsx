import { type CallOf, keys, type Permission } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { ShowOnce } from "@berth/ui/secret/show-once.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Checkbox, Form, Input, Radio } from "antd";
import { type ReactNode, useState } from "react";
import { meWords } from "../../../i18n/areas.ts";

interface CreateKeyProps {
  readonly open: boolean;
  readonly onMade: () => void;
  readonly onClose: () => void;
}

type Values = CallOf<typeof keys.createKey>;

const spans = [30, 90, 366] as const;

/** A key that may no more than it is given, out of what its maker may. */
export function CreateKey({ open, onMade, onClose }: CreateKeyProps): ReactNode {
  const say = useWords(meWords);
  const ui = useUi();
  const { permissions } = useSession();
  const [secret, setSecret] = useState<string>();
  const make = useAct(keys.createKey);
  const submit = async (values: Values) => {
    const reply = await make.act(values);
    if (!reply) return;
    onClose();
    onMade();
    setSecret(reply.secret);
  };
  // Not `required`: it would say so of the group, where readers of the screen expect it of a field.
  const some = (_rule: object, chosen: readonly string[]) =>
    chosen.length > 0 ? Promise.resolve() : Promise.reject(new Error(ui("form.required")));
  const required = { required: true, message: ui("form.required") };
  return (
    <>
      <FormDrawer<Values>
        open={open}
        title={say("keyMake")}
        initial={{ name: "", scopes: ["self"], days: 90 }}
        submit={say("keyMake")}
        isSubmitting={make.isActing}
        problem={make.problem}
        onSubmit={(values) => void submit(values)}
        onClose={onClose}
      >
        <Form.Item name="name" label={say("keyName")} extra={say("keyNameHint")} rules={[required]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="days" label={say("keyDays")}>
          <Radio.Group options={spans.map((days) => ({ value: days, label: ui("time.days", { count: days }) }))} />
        </Form.Item>
        <Form.Item name="scopes" label={say("keyScopes")} extra={say("keyScopesHint")} rules={[{ validator: some }]}>
          <Checkbox.Group
            className="me-scopes"
            options={[...permissions].map((value: Permission) => ({ value, label: <code>{value}</code> }))}
          />
        </Form.Item>
      </FormDrawer>
      {secret && (
        <ShowOnce
          title={say("keyMade")}
          label={say("keySecret")}
          secret={secret}
          file={{ name: "berth-api-key.txt" }}
          onClose={() => setSecret(undefined)}
        >
          <p>{say("keyMadeWhat")}</p>
        </ShowOnce>
      )}
    </>
  );
}
