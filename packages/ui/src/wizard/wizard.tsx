import { Button } from "antd";
import type { ReactNode } from "react";
import { useQuery } from "../frame/links.tsx";
import { useUi } from "../words/ui-words.ts";
import "./wizard.css";

export interface Step {
  readonly key: string;
  readonly title: string;
  readonly content: ReactNode;
  /** Why it can't go on yet. */
  readonly blocked?: string | undefined;
}

interface WizardProps {
  readonly steps: readonly Step[];
  /** What the last button does: verb and object. */
  readonly submit: string;
  readonly next: string;
  readonly isSubmitting: boolean;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
}

/** Steps that each fit a screen. The step stands in the address; going back loses nothing. */
export function Wizard({ steps, submit, next, isSubmitting, onSubmit, onCancel }: WizardProps): ReactNode {
  const say = useUi();
  const [query, change] = useQuery();
  const asked = steps.findIndex(({ key }) => key === query.step);
  // Nobody jumps over a step that is not done.
  const reached = steps.findIndex(({ blocked }) => blocked !== undefined);
  const at = Math.max(0, Math.min(asked, reached < 0 ? steps.length - 1 : reached));
  const step = steps[at];
  const goTo = (index: number) => change({ step: steps[index]?.key });
  const isLast = at === steps.length - 1;
  return (
    <div className="wizard">
      <ol className="wizard-steps">
        {steps.map(({ key, title }, index) => (
          <li key={key} aria-current={index === at ? "step" : undefined} data-done={index < at}>
            {title}
          </li>
        ))}
      </ol>
      <div className="wizard-content">{step?.content}</div>
      <footer className="wizard-foot">
        <Button onClick={at === 0 ? onCancel : () => goTo(at - 1)}>{say(at === 0 ? "cancel" : "back")}</Button>
        {step?.blocked && <span className="quiet">{step.blocked}</span>}
        <Button
          type="primary"
          disabled={step?.blocked !== undefined}
          loading={isSubmitting}
          onClick={isLast ? onSubmit : () => goTo(at + 1)}
        >
          {isLast ? submit : next}
        </Button>
      </footer>
    </div>
  );
}
