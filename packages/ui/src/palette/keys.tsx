import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { Icon } from "../frame/icon.tsx";
import { useUi } from "../words/ui-words.ts";
import type { PaletteProps } from "./palette.tsx";

const Palette = lazy(() => import("./palette.tsx"));
const Shortcuts = lazy(() => import("./shortcuts.tsx"));

/** Listens for the keys that work everywhere, and shows a button for those without a keyboard. */
export function Keys(props: Omit<PaletteProps, "onClose">): ReactNode {
  const say = useUi();
  const [open, setOpen] = useState<"palette" | "shortcuts">();
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const wanted = wantedBy(event);
      if (!wanted) return;
      event.preventDefault();
      if (wanted === "search") document.querySelector<HTMLInputElement>(".list-search input")?.focus();
      else setOpen(wanted);
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, []);
  const close = () => setOpen(undefined);
  return (
    <>
      <button type="button" className="tool" aria-label={say("palette.open")} onClick={() => setOpen("palette")}>
        <Icon name="search" />
      </button>
      <Suspense>
        {open === "palette" && <Palette {...props} onClose={close} />}
        {open === "shortcuts" && <Shortcuts onClose={close} />}
      </Suspense>
    </>
  );
}

function wantedBy({ key, metaKey, ctrlKey, target }: KeyboardEvent): "palette" | "shortcuts" | "search" | undefined {
  if ((metaKey || ctrlKey) && key.toLowerCase() === "k") return "palette";
  const isTyping = target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
  if (isTyping || metaKey || ctrlKey) return undefined;
  if (key === "?") return "shortcuts";
  return key === "/" ? "search" : undefined;
}
