import { operations } from "@berth/api";
import { lazy, type ReactNode, Suspense } from "react";
import { useCall } from "../api/query.ts";
import { Icon } from "../frame/icon.tsx";
import { useQuery } from "../frame/links.tsx";
import { type Choice, More } from "../frame/menu.tsx";
import { useMay } from "../permission/session.ts";
import { useUi } from "../words/ui-words.ts";
import { isOver } from "./progress.ts";

const OperationDrawer = lazy(async () => ({ default: (await import("./operation-drawer.tsx")).OperationDrawer }));

const askEveryMs = 10_000;

/** What goes on, from every page; and the drawer of the one that the address names. */
export function OperationTray(): ReactNode {
  const may = useMay("nodes.read");
  return may ? <Tray /> : null;
}

function Tray(): ReactNode {
  const say = useUi();
  const [query, change] = useQuery();
  const { data } = useCall(operations.listOperations, { limit: 10 }, { everyMs: askEveryMs, keep: true });
  const going = data?.items.filter((operation) => !isOver(operation)) ?? [];
  const shown = going.length > 0 ? going : (data?.items.slice(0, 5) ?? []);
  const choices = shown.map(
    ({ id, kind, ended, items }): Choice => ({
      key: id,
      label: (
        <>
          <code>{kind}</code> <span className="quiet">{say("operation.progress", { done: ended, all: items })}</span>
        </>
      ),
      onChoose: () => change({ open: id }),
    }),
  );
  return (
    <>
      <More label={say("operation.tray")} choices={choices}>
        <Icon name="operations" />
        <span className="unseen">{say("operation.tray")}</span>
        {going.length > 0 && <span className="operation-count">{going.length}</span>}
      </More>
      {query.open?.startsWith("operation_") && (
        <Suspense>
          <OperationDrawer />
        </Suspense>
      )}
    </>
  );
}
