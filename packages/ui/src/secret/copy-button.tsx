import { Button } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { useUi } from "../words/ui-words.ts";

interface CopyProps {
  readonly text: string;
  readonly label?: string | undefined;
  readonly quiet?: boolean;
  readonly primary?: boolean;
}

const saidMs = 2_000;

/** Says for a moment that it did. */
export function CopyButton({ text, label, quiet = false, primary = false }: CopyProps): ReactNode {
  const say = useUi();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), saidMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
  };
  return (
    <Button size={quiet ? "small" : "middle"} type={kindOf(primary, quiet)} onClick={() => void copy()}>
      <span aria-live="polite">{isCopied ? say("copied") : (label ?? say("copy"))}</span>
    </Button>
  );
}

function kindOf(primary: boolean, quiet: boolean): "primary" | "text" | "default" {
  if (primary) return "primary";
  return quiet ? "text" : "default";
}

/** Without https the clipboard is only reached the old way. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.style.position = "fixed";
  area.style.opacity = "0";
  (document.querySelector("[role=dialog]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Hands a text over as a file. */
export function downloadText(name: string, text: string, type = "text/plain"): void {
  const href = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  Object.assign(link, { href, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
