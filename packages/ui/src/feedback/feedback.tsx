import type { Problem } from "@berth/api";
import { Button } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { isAway } from "../api/client.ts";
import type { Asked } from "../api/query.ts";
import { CopyButton } from "../secret/copy-button.tsx";
import { ToneIcon } from "../states/tone-icon.tsx";
import { toMoment } from "../time/format.ts";
import { explain } from "../words/refusals.ts";
import { uiWords, useUi } from "../words/ui-words.ts";
import { findWord, useLanguage } from "../words/words.ts";
import "./feedback.css";

interface EmptyProps {
  readonly title: string;
  /** What comes here, or what to do. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** What comes here, and one button. */
export function Empty({ title, children, action }: EmptyProps): ReactNode {
  return (
    <div className="feedback-empty">
      <p className="feedback-empty-title">{title}</p>
      {children && <p className="quiet">{children}</p>}
      {action}
    </div>
  );
}

interface NoteProps {
  readonly tone?: "care" | "bad" | "busy";
  readonly children: ReactNode;
}

/** What somebody should know where they stand: icon, colour and words. */
export function Note({ tone = "care", children }: NoteProps): ReactNode {
  return (
    <div className={`feedback-note ${tone}`}>
      <ToneIcon tone={tone} />
      <div>{children}</div>
    </div>
  );
}

const patienceMs = 200;

/** Bars where content will be; nothing at first, since most answers are there before the eye is. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }): ReactNode {
  const say = useUi();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  const bars = Array.from({ length: lines }, (_, at) => at);
  return (
    <div className="feedback-skeleton" role="status" aria-label={say("loading")} data-late={isLate}>
      {bars.map((at) => (
        <span key={at} />
      ))}
    </div>
  );
}

interface ProblemProps {
  readonly problem: Problem;
  readonly again?: (() => void) | undefined;
}

/** What, why, what to do, and what to quote. */
export function ProblemPanel({ problem, again }: ProblemProps): ReactNode {
  const say = useUi();
  const { code, traceId } = problem;
  return (
    <div className="feedback-problem" role="alert">
      <ToneIcon tone="bad" />
      <div className="feedback-problem-body">
        <ProblemText problem={problem} />
        <p className="feedback-trace">
          {say("problem.code")} <code>{code}</code>
          {traceId && (
            <>
              {" · "}
              {say("problem.trace")} <code>{traceId}</code>
            </>
          )}
          {traceId && <CopyButton text={`${code} ${traceId}`} label={say("problem.copy")} quiet />}
        </p>
        {again && (
          <Button size="small" onClick={again}>
            {say("retry")}
          </Button>
        )}
      </div>
    </div>
  );
}

interface Issue {
  readonly at: string;
  readonly message: string;
}

function ProblemText({ problem }: { readonly problem: Problem }): ReactNode {
  const say = useUi();
  const language = useLanguage();
  const issues = (problem.issues ?? []) as readonly Issue[];
  if (issues.length === 0) {
    const own = findWord(
      uiWords,
      `problem.${problem.code.startsWith("http.") && !problem.traceId ? "unreadable" : problem.code}`,
    );
    return <p>{own ?? explain(problem, language)}</p>;
  }
  return (
    <>
      <p>{say("problem.fields")}</p>
      <ul>
        {issues.map(({ at, message }) => (
          <li key={at + message}>{say("withReason", { what: at.replace(/^[./]/, ""), why: message })}</li>
        ))}
      </ul>
    </>
  );
}

interface LoadedProps<Data> {
  readonly of: Asked<Data>;
  readonly children: (data: Data) => ReactNode;
  readonly lines?: number;
}

/** One answer: a skeleton until it came, its problem beside it, then what it holds. One that fails leaves the others alone. */
export function Loaded<Data>({ of, children, lines = 3 }: LoadedProps<Data>): ReactNode {
  const say = useUi();
  const { data, problem, at, again } = of;
  // That control is away is said once, for the whole page.
  const isShown = problem !== undefined && !(isAway(problem) && data !== undefined);
  return (
    <>
      {isShown && <ProblemPanel problem={problem} again={again} />}
      {isShown && data !== undefined && at && <p className="quiet">{say("problem.stale", { at: toMoment(at) })}</p>}
      {data === undefined ? !problem && <Skeleton lines={lines} /> : children(data)}
    </>
  );
}
