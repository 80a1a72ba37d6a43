import { useWords } from "@berth/ui/words/words.ts";
import { Form, Radio } from "antd";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";

/** On how many nodes at the most. */
const relays = [1, 2, 3, 4, 5];

/** What a plan of relays can set beside quotas. */
export function PlanFields(): ReactNode {
  const say = useWords(derpWords);
  return (
    <>
      <Form.Item
        name={["options", "relays"]}
        label={say("plan.relays")}
        extra={say("plan.relaysHint")}
        initialValue={3}
      >
        <Radio.Group options={relays.map((value) => ({ value, label: String(value) }))} />
      </Form.Item>
      <Form.Item
        name={["options", "server"]}
        label={say("plan.server")}
        extra={say("plan.serverHint")}
        initialValue="relay"
      >
        <Radio.Group
          options={[
            { value: "relay", label: "Berth" },
            { value: "derper", label: "derper" },
          ]}
        />
      </Form.Item>
    </>
  );
}
