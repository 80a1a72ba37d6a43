import type { Problem } from "@berth/api";
import { ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { Button, Form } from "antd";
import type { ReactNode } from "react";

interface OneFormProps<Values> {
  readonly submit: string;
  readonly isSubmitting: boolean;
  readonly problem: Problem | undefined;
  readonly onSubmit: (values: Values) => void;
  readonly more?: ReactNode;
  readonly children: ReactNode;
}

/** Fields under one another, checked when they are left, and one button. */
export function OneForm<Values extends object>(props: OneFormProps<Values>): ReactNode {
  const { submit, isSubmitting, problem, onSubmit, more, children } = props;
  return (
    <Form layout="vertical" validateTrigger="onBlur" onFinish={onSubmit}>
      {children}
      <div className="stack">
        {problem && <ProblemPanel problem={problem} />}
        <div className="row">
          <Button type="primary" htmlType="submit" loading={isSubmitting}>
            {submit}
          </Button>
          {more}
        </div>
      </div>
    </Form>
  );
}
