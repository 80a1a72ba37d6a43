import { toSpan } from "@berth/ui/time/format.ts";
import { saySpan } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { useWords } from "@berth/ui/words/words.ts";
import type { ReactNode } from "react";
import { settingsWords } from "../../../i18n/areas.ts";
import { asText, isLimit, isRedeemLock, type Times } from "./value-text.ts";

/** A value in words, where it has more than one part; as it is typed otherwise. */
export function Said({ value }: { readonly value: unknown }): ReactNode {
  const say = useWords(settingsWords);
  const ui = useUi();
  const times = ({ most, seconds }: Times) => say("times", { count: most, span: saySpan(ui, toSpan(seconds * 1_000)) });
  if (isLimit(value)) return say("limitOf", { address: times(value.address), account: times(value.account) });
  if (isRedeemLock(value)) {
    const { tries, windowMinutes, lockMinutes } = value;
    return say("redeemLock", { tries, window: windowMinutes, lock: lockMinutes });
  }
  return <code>{asText(value)}</code>;
}
