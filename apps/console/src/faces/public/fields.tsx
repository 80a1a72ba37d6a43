import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import { Form, Input } from "antd";
import type { ReactNode } from "react";
import { accountWords } from "../../i18n/areas.ts";

export function UsernameField(): ReactNode {
  const say = useWords(accountWords);
  const hint = say("usernameHint");
  const pattern = /^[A-Za-z][A-Za-z0-9_-]{2,31}$/;
  return (
    <Form.Item
      name="username"
      label={say("username")}
      extra={hint}
      rules={[{ required: true, pattern, message: hint }]}
    >
      <Input autoComplete="nickname" maxLength={32} />
    </Form.Item>
  );
}

export function EmailField(): ReactNode {
  const say = useWords(accountWords);
  return (
    <Form.Item name="email" label={say("email")} rules={[{ required: true, type: "email", message: say("emailHint") }]}>
      <Input type="email" autoComplete="username" maxLength={254} />
    </Form.Item>
  );
}

export function PasswordField({ label }: { readonly label?: string }): ReactNode {
  const say = useWords(accountWords);
  const hint = say("passwordHint");
  return (
    <Form.Item
      name="password"
      label={label ?? say("password")}
      extra={hint}
      rules={[{ required: true, min: 10, message: hint }]}
    >
      <Input.Password autoComplete="new-password" maxLength={128} />
    </Form.Item>
  );
}

export function PresentPasswordField(): ReactNode {
  const say = useWords(accountWords);
  const ui = useUi();
  return (
    <Form.Item name="password" label={say("password")} rules={[{ required: true, message: ui("form.required") }]}>
      <Input.Password autoComplete="current-password" maxLength={128} />
    </Form.Item>
  );
}

export function MailedCodeField(): ReactNode {
  const say = useWords(accountWords);
  const hint = say("codeHint");
  return (
    <Form.Item name="code" label={say("code")} rules={[{ required: true, pattern: /^\d{6}$/, message: hint }]}>
      <Input autoComplete="one-time-code" inputMode="numeric" maxLength={6} autoFocus />
    </Form.Item>
  );
}
