import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useUi } from "../words/ui-words.ts";
import { useLanguage } from "../words/words.ts";
import { toCount, toGb } from "./format.ts";
import "./numbers.css";

/** Decimal GB, with the exact bytes for whoever points at it. */
export function Traffic({ bytes }: { readonly bytes: string | number }): ReactNode {
  const say = useUi();
  const language = useLanguage();
  return (
    <Tooltip title={say("units.bytes", { count: toCount(bytes, language) })}>
      <span className="figure">{toGb(bytes, language)}</span>
    </Tooltip>
  );
}

const careFrom = 0.8;
const badFrom = 0.95;

/** A bar beside the figures that say the same. */
export function QuotaBar({ used, all }: { readonly used: number; readonly all: number }): ReactNode {
  const part = all > 0 ? Math.min(1, used / all) : 1;
  const tone = part >= badFrom ? "bad" : part >= careFrom ? "care" : "busy";
  return (
    <svg className={`quota-bar ${tone}`} aria-hidden="true">
      <rect className="quota-track" width="100%" height="100%" />
      <rect className="quota-fill" width={`${(part * 100).toFixed(1)}%`} height="100%" />
    </svg>
  );
}
