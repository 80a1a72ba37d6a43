import { notices } from "@berth/api";
import { useAct } from "@berth/ui/api/query.ts";
import { Empty } from "@berth/ui/feedback/feedback.tsx";
import { toast } from "@berth/ui/feedback/toasts.tsx";
import type { Choice } from "@berth/ui/frame/menu.tsx";
import { Page } from "@berth/ui/frame/page.tsx";
import { List } from "@berth/ui/list/list.tsx";
import type { Column } from "@berth/ui/list/types.ts";
import { useMay } from "@berth/ui/permission/session.ts";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import type { Tone } from "@berth/ui/states/tones.ts";
import { Ago } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { outboxWords } from "../../../i18n/areas.ts";
import { MailDrawer } from "./mail-drawer.tsx";
import type { Mail } from "./mail-type.ts";

const states = ["waiting", "sending", "sent", "kept", "failed", "dropped"] as const;

const tones: Readonly<Record<Mail["state"], Tone>> = {
  waiting: "busy",
  sending: "busy",
  sent: "good",
  kept: "care",
  failed: "bad",
  dropped: "over",
};

/** Mails on their way, sent and stuck. */
export default function Outbox(): ReactNode {
  const say = useWords(outboxWords);
  const [opened, open] = useState<Mail>();
  return (
    <Page title={say("title")}>
      <List
        name="mails"
        title={say("title")}
        route={notices.listOutbox}
        columns={useColumns(open)}
        keyOf={({ id }) => id}
        nameOf={({ subject }) => subject}
        filters={[
          {
            name: "state",
            label: say("state"),
            kind: "choice",
            options: states.map((value) => ({ value, label: say(`states.${value}`) })),
          },
          { name: "address", label: say("address") },
        ]}
        actions={useActions(open)}
        empty={<Empty title={say("empty")}>{say("emptyDo")}</Empty>}
      />
      {opened && <MailDrawer mail={opened} onClose={() => open(undefined)} />}
    </Page>
  );
}

function useColumns(open: (mail: Mail) => void): Column<Mail>[] {
  const say = useWords(outboxWords);
  return [
    {
      key: "subject",
      title: say("subject"),
      isFixed: true,
      cell: (mail) => (
        <button type="button" className="link-button" onClick={() => open(mail)}>
          {mail.subject}
        </button>
      ),
    },
    {
      key: "state",
      title: say("state"),
      cell: ({ state, error }) => (
        <Tag tone={tones[state]} hint={error ?? undefined}>
          {say(`states.${state}`)}
        </Tag>
      ),
    },
    { key: "address", title: say("address"), cell: ({ address }) => <span className="wrap-any">{address}</span> },
    { key: "urgency", title: say("urgency"), cell: ({ urgency }) => say(`urgencies.${urgency}`) },
    { key: "attempts", title: say("attempts"), isFigure: true, cell: ({ attempts }) => attempts },
    { key: "created", title: say("created"), cell: ({ createdAt }) => <Ago at={createdAt} /> },
    { key: "sent", title: say("sent"), cell: ({ sentAt }) => (sentAt ? <Ago at={sentAt} /> : "–") },
  ];
}

function useActions(open: (mail: Mail) => void): (mail: Mail) => readonly Choice[] {
  const say = useWords(outboxWords);
  const maySend = useMay("notices.write");
  const resend = useAct(notices.resendMail, { onDone: () => toast(say("again_")) });
  return (mail) => [
    { key: "open", label: say("open"), onChoose: () => open(mail) },
    ...(maySend
      ? [
          {
            key: "resend",
            label: say("again"),
            blocked: mail.state === "failed" || mail.state === "kept" ? undefined : say("notStuck"),
            onChoose: () => void resend.act({ mailId: mail.id }),
          },
        ]
      : []),
  ];
}
