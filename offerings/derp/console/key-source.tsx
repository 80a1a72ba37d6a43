import { derp, type ReplyOf } from "@berth/api";
import { useAct, useCall } from "@berth/ui/api/query.ts";
import { DangerDialog } from "@berth/ui/danger/danger-dialog.tsx";
import { Empty, Loaded, Note, ProblemPanel } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { Ago, Moment } from "@berth/ui/time/time.tsx";
import { explain } from "@berth/ui/words/refusals.ts";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useLanguage, useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { derpWords } from "./derp-words.ts";
import { sayEffect } from "./say-effect.ts";
import { SetKeySource } from "./set-key-source.tsx";

type Source = ReplyOf<typeof derp.getKeySource>;

/** It is read every few minutes without leaving an event. */
const askEveryMs = 5_000;

/** Where the keys of devices are read, so that nobody has to enter them. */
export function KeySource({ lease: { id: leaseId } }: { readonly lease: Lease }): ReactNode {
  const say = useWords(derpWords);
  const asked = useCall(derp.getKeySource, { leaseId }, { everyMs: askEveryMs });
  const sync = useAct(derp.syncKeySource);
  const [doing, setDoing] = useState<"set" | "remove">();
  const close = () => setDoing(undefined);
  const synced = async () => {
    if (await sync.act({ leaseId })) toast(say("source.syncing"));
  };
  const set = (
    <ActButton permission="leases.write" onClick={() => setDoing("set")}>
      {say(asked.data?.kind ? "source.replace" : "source.set")}
    </ActButton>
  );
  const act = asked.data?.kind && (
    <>
      <ActButton permission="leases.write" loading={sync.isActing} onClick={() => void synced()}>
        {say("source.sync")}
      </ActButton>
      {set}
      <ActButton permission="leases.write" onClick={() => setDoing("remove")}>
        {say("source.remove")}
      </ActButton>
    </>
  );
  return (
    <Panel title={say("source.title")} action={act}>
      {sync.problem && <ProblemPanel problem={sync.problem} />}
      <Loaded of={asked}>
        {(source) =>
          source.kind ? (
            <SourceFacts source={source} />
          ) : (
            <Empty title={say("source.none")} action={set}>
              {say("source.noneDo")}
            </Empty>
          )
        }
      </Loaded>
      <SetKeySource leaseId={leaseId} open={doing === "set"} onClose={close} />
      {doing === "remove" && <RemoveKeySource leaseId={leaseId} onClose={close} />}
    </Panel>
  );
}

function SourceFacts({ source }: { readonly source: Source }): ReactNode {
  const say = useWords(derpWords);
  const ui = useUi();
  const language = useLanguage();
  const { kind, url, changedAt, syncedAt, error, devices, leftOut } = source;
  const why =
    error && explain({ status: 0, title: error.code, detail: error.message, traceId: "", ...error }, language);
  return (
    <div className="stack">
      {why && <Note tone="bad">{say("source.failed", { why })}</Note>}
      {leftOut > 0 && <Note>{say("source.leftOut", { count: leftOut })}</Note>}
      <dl className="facts">
        <div>
          <dt>{say("source.network")}</dt>
          <dd>{kind === "headscale" ? `Headscale · ${url}` : "Tailscale"}</dd>
        </div>
        <div>
          <dt>{say("source.read")}</dt>
          <dd>{syncedAt ? <Ago at={syncedAt} /> : say("source.notYet")}</dd>
        </div>
        <div>
          <dt>{say("source.devices")}</dt>
          <dd>{devices}</dd>
        </div>
        <div>
          <dt>{say("source.key")}</dt>
          <dd>
            {say("source.keySet")} {changedAt ? <Moment at={changedAt} /> : ui("unknown")}
          </dd>
        </div>
      </dl>
    </div>
  );
}

interface RemoveProps {
  readonly leaseId: Lease["id"];
  readonly onClose: () => void;
}

function RemoveKeySource({ leaseId, onClose }: RemoveProps): ReactNode {
  const say = useWords(derpWords);
  const remove = useAct(derp.removeKeySource);
  return (
    <DangerDialog
      title={say("source.removeTitle")}
      submit={say("source.remove")}
      name={say("source.title")}
      route={derp.removeKeySource}
      input={{ leaseId }}
      act={remove}
      sayEvent={sayEffect}
      onDone={() => {
        toast(say("source.removed"));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{say("source.removeWhat")}</p>
    </DangerDialog>
  );
}
