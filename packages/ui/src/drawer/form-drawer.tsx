import type { Problem } from "@berth/api";
import { Button, Drawer, Form, type FormInstance } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { ProblemPanel } from "../feedback/feedback.tsx";
import { useUi } from "../words/ui-words.ts";
import { Conflict } from "./conflict.tsx";
import { dropDraft, keepDraft, readDraft } from "./drafts.ts";
import "./drawer.css";

interface FormDrawerProps<Values extends object> {
  readonly open: boolean;
  readonly title: string;
  /** Under which unsaved text is kept; without it none is, as where secrets are typed. */
  readonly draft?: string;
  readonly initial: Values;
  /** What it is now, when that is not what the form began with: somebody else saved meanwhile. */
  readonly theirs?: Values | undefined;
  /** Verb and object: "Make 500 serials". */
  readonly submit: ReactNode;
  readonly isSubmitting: boolean;
  readonly problem?: Problem | undefined;
  readonly onSubmit: (values: Values) => void;
  readonly onClose: () => void;
  readonly children: ReactNode | ((form: FormInstance<Values>) => ReactNode);
}

/** A form of up to six fields beside its page. Fields are checked when they are left; what was typed survives closing. */
export function FormDrawer<Values extends object>(props: FormDrawerProps<Values>): ReactNode {
  const { open, title, onClose, isSubmitting, submit } = props;
  const say = useUi();
  const [form] = Form.useForm<Values>();
  useSaved(props);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={title}
      size={480}
      destroyOnHidden
      className="form-drawer"
      footer={
        <div className="form-drawer-foot">
          <Button onClick={onClose}>{say("cancel")}</Button>
          <Button type="primary" loading={isSubmitting} onClick={form.submit}>
            {submit}
          </Button>
        </div>
      }
    >
      {open && <Fields {...props} form={form} />}
    </Drawer>
  );
}

/** What was saved is no draft any more. */
function useSaved({
  draft,
  isSubmitting,
  problem,
}: Pick<FormDrawerProps<object>, "draft" | "isSubmitting" | "problem">) {
  const wasSubmitting = useRef(false);
  useEffect(() => {
    if (wasSubmitting.current && !isSubmitting && !problem && draft !== undefined) dropDraft(draft);
    wasSubmitting.current = isSubmitting;
  });
}

function Fields<Values extends object>(props: FormDrawerProps<Values> & { readonly form: FormInstance<Values> }) {
  const { form, draft, initial, theirs, problem, onSubmit, children } = props;
  const [kept, setKept] = useState(() => (draft === undefined ? undefined : readDraft(draft)));
  const drop = () => {
    if (draft) dropDraft(draft);
    setKept(undefined);
    form.setFieldsValue(initial as never);
  };
  useFieldProblems(form, problem);
  return (
    <div className="stack">
      {kept && <DraftNote onDrop={drop} />}
      {theirs && (
        <Conflict mine={form.getFieldsValue()} theirs={theirs} onTake={() => form.setFieldsValue(theirs as never)} />
      )}
      <Form
        form={form}
        layout="vertical"
        validateTrigger="onBlur"
        initialValues={{ ...initial, ...kept }}
        onValuesChange={(_changed, all) => draft && keepDraft(draft, all)}
        onFinish={onSubmit}
      >
        {typeof children === "function" ? children(form) : children}
        {/* Enter in a field submits, as in any form. */}
        <button type="submit" hidden />
      </Form>
      {problem && <ProblemPanel problem={problem} />}
    </div>
  );
}

/** What control says about a field stands at that field. */
function useFieldProblems<Values extends object>(form: FormInstance<Values>, problem: Problem | undefined): void {
  useEffect(() => {
    const issues = (problem?.issues ?? []) as readonly { at: string; message: string }[];
    const fields = issues.map(({ at, message }) => ({ name: at.replace(/^[./]/, ""), errors: [message] }));
    form.setFields(fields as unknown as Parameters<typeof form.setFields>[0]);
  }, [form, problem]);
}

function DraftNote({ onDrop }: { readonly onDrop: () => void }): ReactNode {
  const say = useUi();
  return (
    <p className="form-drawer-draft">
      {say("form.keepDraft")}
      <Button size="small" type="link" onClick={onDrop}>
        {say("form.dropDraft")}
      </Button>
    </p>
  );
}
