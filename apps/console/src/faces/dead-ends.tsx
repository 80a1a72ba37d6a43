import { toProblem } from "@berth/ui/api/client.ts";
import { Empty, ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { useTitle } from "@berth/ui/frame/page.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";

export function NoPage(): ReactNode {
  const say = useUi();
  useTitle(say("problem.noPage"));
  return (
    <main className="dead-end">
      <Empty title={say("problem.noPage")} action={<AppLink to="/">{say("problem.home")}</AppLink>}>
        {say("problem.noPageWhy")}
      </Empty>
    </main>
  );
}

/** A page that made a mistake, or that control did not let begin: the frame around it stays. */
export function PageBroke({ error, reset }: ErrorComponentProps): ReactNode {
  const problem = useMemo(() => toProblem(error), [error]);
  return (
    <main className="dead-end">
      <ProblemPanel problem={problem} again={reset} />
    </main>
  );
}
