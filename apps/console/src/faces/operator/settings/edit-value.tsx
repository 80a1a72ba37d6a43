import { settings } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { findWord, useWords } from "@berth/ui/words/words.ts";
import { Button, Form, Input } from "antd";
import type { ReactNode } from "react";
import { settingsWords } from "../../../i18n/areas.ts";
import type { Setting } from "./setting-type.ts";
import { asText, fromText } from "./value-text.ts";

interface EditProps {
  readonly setting: Setting;
  readonly onClose: () => void;
}

/** Sets a value, or goes back to the default. It counts on every replica from the next moment on. */
export function EditValue({ setting, onClose }: EditProps): ReactNode {
  const say = useWords(settingsWords);
  const change = useAct(settings.changeSetting);
  const reset = useAct(settings.resetSetting);
  const { name, description, schema, isSecret, isSet } = setting;
  const done = (said: "saved" | "isReset") => {
    toast(say(said));
    onClose();
  };
  const submit = async ({ text }: { text: string }) => {
    const read = fromText(text, schema);
    if (read && (await change.act({ name, value: read.value }))) done("saved");
  };
  const isReadable = (_rule: object, text: string) =>
    fromText(text, schema) ? Promise.resolve() : Promise.reject(new Error(say("unreadable")));
  return (
    <FormDrawer
      open
      title={findWord(settingsWords, `names.${name}`) ?? name}
      initial={{ text: isSecret ? "" : asText(setting.value) }}
      submit={say("save")}
      isSubmitting={change.isActing}
      problem={change.problem ?? reset.problem}
      onSubmit={(values) => void submit(values)}
      onClose={onClose}
    >
      <p className="form-intro">{description}</p>
      <Form.Item
        name="text"
        label={say("value")}
        extra={<Bounds schema={schema} />}
        rules={[{ validator: isReadable }]}
      >
        <Input.TextArea rows={4} className="mono" spellCheck={false} />
      </Form.Item>
      <p className="quiet">{say("byDefault", { value: asText(setting.default) })}</p>
      {isSet && (
        <Button
          loading={reset.isActing}
          onClick={async () => {
            if (await reset.act({ name })) done("isReset");
          }}
        >
          {say("reset")}
        </Button>
      )}
    </FormDrawer>
  );
}

function Bounds({ schema }: { readonly schema: Setting["schema"] }): ReactNode {
  const say = useWords(settingsWords);
  const { minimum, maximum } = schema;
  if (typeof minimum === "number" && typeof maximum === "number") return say("between", { minimum, maximum });
  return schema.type === "object" ? say("json") : null;
}
