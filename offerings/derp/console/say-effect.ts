import { findWord } from "@berth/ui/words/words.ts";
import { derpWords } from "./derp-words.ts";

/** What a rehearsal says would happen, in words. */
export function sayEffect(event: string, count: number): string | undefined {
  return findWord(derpWords, `effects.${event}`, { count });
}
