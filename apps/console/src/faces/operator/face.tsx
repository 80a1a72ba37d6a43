import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { AppFrame } from "@berth/ui/frame/app-frame.tsx";
import { AppLink } from "@berth/ui/frame/links.tsx";
import { OperationTray } from "@berth/ui/operation/tray.tsx";
import { Keys } from "@berth/ui/palette/keys.tsx";
import { useSession } from "@berth/ui/permission/session.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { Outlet } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { facesOf } from "../../session.ts";
import { AccountTools } from "../account-menu.tsx";
import { useNavigation } from "../navigation.ts";
import { WithSession } from "../with-session.tsx";
import { operatorEntries } from "./entries.ts";
import { Environment } from "./environment.tsx";
import { useFind } from "./find.ts";

export default function OperatorFace(): ReactNode {
  return (
    <WithSession>
      <Frame />
    </WithSession>
  );
}

function Frame(): ReactNode {
  const session = useSession();
  const { groups, bottom } = useNavigation(operatorEntries);
  const find = useFind();
  const pages = groups.flatMap(({ items }) => items.map((item) => ({ ...item, key: item.to })));
  if (!facesOf(session).includes("operator")) return <OtherFace />;
  return (
    <AppFrame
      kind="sider"
      home="/operator"
      groups={groups}
      bottom={bottom}
      strip={<Environment />}
      tools={
        <>
          <Keys pages={pages} find={find} />
          <OperationTray />
          <AccountTools face="operator" />
        </>
      }
    >
      <Outlet />
    </AppFrame>
  );
}

/** A link to a face that somebody lacks says so. */
function OtherFace(): ReactNode {
  const say = useUi();
  return (
    <main className="dead-end">
      <Empty title={say("problem.other")} action={<AppLink to="/leases">{say("problem.home")}</AppLink>}>
        {say("problem.otherWhy")}
      </Empty>
    </main>
  );
}
