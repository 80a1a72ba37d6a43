import { access } from "@berth/api";
import { Button, Form, Input, Modal } from "antd";
import type { ReactNode } from "react";
import { useAct } from "../api/query.ts";
import { useUi } from "../words/ui-words.ts";
import { codeProof } from "./code-proof.ts";
import { ProblemPanel } from "./feedback.tsx";
import { PasskeyButton } from "./passkey-button.tsx";

interface ProofProps {
  readonly ways: readonly string[];
  readonly onEnd: (isProven: boolean) => void;
}

export default function Proof({ ways, onEnd }: ProofProps): ReactNode {
  const say = useUi();
  const proof = useAct(access.stepUp);
  const challenge = useAct(access.askStepUpPasskey);
  const byPassword = ways.includes("password");
  const submit = async ({ password = "", code = "" }: { password?: string; code?: string }) => {
    const given = byPassword ? ({ way: "password", password } as const) : codeProof(code);
    if (await proof.act({ proof: given })) onEnd(true);
  };
  return (
    <Modal open title={say("proof.title")} onCancel={() => onEnd(false)} footer={null} width={420}>
      <Form layout="vertical" onFinish={submit}>
        <p className="proof-why">{say(byPassword ? "proof.byPassword" : "proof.byCode")}</p>
        {byPassword ? (
          <Form.Item
            name="password"
            label={say("proof.password")}
            rules={[{ required: true, message: say("form.required") }]}
          >
            <Input.Password autoFocus autoComplete="current-password" maxLength={128} />
          </Form.Item>
        ) : (
          <Form.Item name="code" label={say("proof.code")} rules={[{ required: true, message: say("form.required") }]}>
            <Input autoFocus autoComplete="one-time-code" maxLength={64} />
          </Form.Item>
        )}
        {proof.problem && <ProblemPanel problem={proof.problem} />}
        <div className="proof-foot">
          {ways.includes("passkey") && (
            <PasskeyButton
              challenge={async () => (await challenge.act({}))?.options}
              onGiven={async (assertion) => {
                if (await proof.act({ proof: { way: "passkey", assertion } })) onEnd(true);
              }}
            />
          )}
          <Button type="primary" htmlType="submit" loading={proof.isActing}>
            {say("proof.go")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
