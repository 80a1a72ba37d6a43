import { derp } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Note } from "@berth/ui/feedback/feedback.tsx";
import { AppLink } from "@berth/ui/frame/links.tsx";
import type { Lease } from "@berth/ui/offering/console-part.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { derpWords } from "./derp-words.ts";

/** That there are fewer relays than the plan promises, and what changes that; nothing while there are enough. */
export function FewerRelays({ lease: { id } }: { readonly lease: Lease }): ReactNode {
  const say = useWords(derpWords);
  const { data } = useCall(derp.getConfiguration, { leaseId: id });
  if (!data || data.relays.placed >= data.relays.promised) return null;
  const { placed: count, promised: most } = data.relays;
  return (
    <Note>
      <p>{say("fewer", { count, most })}</p>
      <AppLink to={`/leases/${id}/versions`}>{say("fewerDo")}</AppLink>
    </Note>
  );
}
