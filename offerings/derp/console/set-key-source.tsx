import { derp } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { FormDrawer } from "@berth/ui/drawer/form-drawer.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input, Radio } from "antd";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";

interface SetProps {
  readonly leaseId: Lease["id"];
  readonly open: boolean;
  readonly onClose: () => void;
}

interface Values {
  readonly kind: "tailscale" | "headscale";
  readonly url: string;
  readonly key: string;
}

const initial: Values = { kind: "tailscale", url: "", key: "" };

/** No draft: the key is a secret, and is never shown again. */
export function SetKeySource({ leaseId, open, onClose }: SetProps): ReactNode {
  const say = useWords(derpWords);
  const ui = useUi();
  const set = useAct(derp.setKeySource, {
    onDone: () => {
      toast(say("source.wasSet"));
      onClose();
    },
  });
  const submit = ({ kind, url, key }: Values) =>
    void set.act({ leaseId, kind, key: key.trim(), ...(kind === "headscale" ? { url: url.trim() } : {}) });
  const required = [{ required: true, message: ui("form.required") }];
  return (
    <FormDrawer
      open={open}
      title={say("source.set")}
      initial={initial}
      submit={say("source.set")}
      isSubmitting={set.isActing}
      problem={set.problem}
      onSubmit={submit}
      onClose={onClose}
    >
      <Form.Item name="kind" label={say("source.network")}>
        <Radio.Group
          options={[
            { value: "tailscale", label: "Tailscale" },
            { value: "headscale", label: "Headscale" },
          ]}
        />
      </Form.Item>
      <Form.Item noStyle dependencies={["kind"]}>
        {({ getFieldValue }) =>
          getFieldValue("kind") === "headscale" && (
            <Form.Item name="url" label={say("source.url")} extra={say("source.urlHint")} rules={required}>
              <Input className="mono" maxLength={500} spellCheck={false} placeholder="https://" />
            </Form.Item>
          )
        }
      </Form.Item>
      <Form.Item name="key" label={say("source.apiKey")} extra={say("source.apiKeyHint")} rules={required}>
        <Input.Password className="mono" maxLength={500} autoComplete="off" spellCheck={false} />
      </Form.Item>
    </FormDrawer>
  );
}
