import type { Permission } from "@berth/api";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { useMay } from "@berth/ui/permission/session.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import type { ComponentType, ReactNode } from "react";

/** A page for those who may; a link to it tells the others why they see nothing. */
export function guarded(Shown: ComponentType, permission: Permission): ComponentType {
  return function Guarded(): ReactNode {
    return useMay(permission) ? <Shown /> : <NotYours permission={permission} />;
  };
}

function NotYours({ permission }: { readonly permission: Permission }): ReactNode {
  const say = useUi();
  return (
    <Page title={say("problem.notYours")}>
      <Empty title={say("problem.notYours")}>{say("problem.notYoursWhy", { permission })}</Empty>
    </Page>
  );
}
