import { notices } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { useMay } from "@berth/ui/permission/session.ts";
import { ToneIcon } from "@berth/ui/states/tone-icon.tsx";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { navWords } from "../../i18n/areas.ts";
import "@berth/ui/live/live.css";

const askEveryMs = 60_000;

/** What is not set up in this installation; nothing when all is. A mail that is kept shows that there is no mail server. */
export function Environment(): ReactNode {
  const say = useWords(navWords);
  const may = useMay("notices.read");
  const { data } = useCall(notices.listOutbox, { limit: 1 }, { enabled: may, everyMs: askEveryMs });
  if (data?.items[0]?.state !== "kept") return null;
  return (
    <p className="strip care">
      <ToneIcon tone="care" />
      {say("noMailServer")}
    </p>
  );
}
