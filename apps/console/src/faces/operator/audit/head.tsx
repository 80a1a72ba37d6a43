import { audit } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { CopyButton } from "@berth/ui/secret/copy-button.tsx";
import { ToneIcon } from "@berth/ui/states/tone-icon.tsx";
import { Ago } from "@berth/ui/time/time.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { auditWords } from "../../../i18n/areas.ts";
import "./audit.css";

/** How far the chain is sealed, and what to keep elsewhere to prove it later. */
export function Head(): ReactNode {
  const say = useWords(auditWords);
  const head = useCall(audit.getHead, {}, { everyMs: 10_000 }).data?.head;
  if (!head) return null;
  return (
    <p className="audit-head">
      <ToneIcon tone="good" />
      <span>
        {say("sealed", { position: head.position })} · <Ago at={head.signedAt} />
      </span>
      <CopyButton text={JSON.stringify(head, null, 2)} label={say("copyHead")} quiet />
    </p>
  );
}
