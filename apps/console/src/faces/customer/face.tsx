import { AppFrame } from "@berth/ui/frame/app-frame.tsx";
import { Outlet } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { AccountTools } from "../account-menu.tsx";
import { useNavigation } from "../navigation.ts";
import { WithSession } from "../with-session.tsx";
import { customerEntries } from "./entries.ts";

export default function CustomerFace(): ReactNode {
  return (
    <WithSession>
      <Frame />
    </WithSession>
  );
}

function Frame(): ReactNode {
  const { groups, bottom } = useNavigation(customerEntries);
  return (
    <AppFrame kind="bar" home="/leases" groups={groups} bottom={bottom} tools={<AccountTools face="customer" />}>
      <Outlet />
    </AppFrame>
  );
}
