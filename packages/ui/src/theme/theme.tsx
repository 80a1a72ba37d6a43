import { ConfigProvider } from "antd";
import type { Locale } from "antd/es/locale/index.js";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { type Language, useLanguage } from "../words/words.ts";
import { antdTheme } from "./antd.ts";
import { applyLook, useLook } from "./mode.ts";
import "./base.css";
import "./controls.css";

const locales: Readonly<Record<Language, () => Promise<{ readonly default: Locale }>>> = {
  "zh-CN": () => import("antd/es/locale/zh_CN.js"),
  en: () => import("antd/es/locale/en_US.js"),
};

const still = matchMedia("(prefers-reduced-motion: reduce)");

applyLook();

interface ThemeProps {
  readonly size: "dense" | "comfortable";
  readonly children: ReactNode;
}

/** Colours, sizes and Ant Design's own words, by what the reader chose. */
export function Theme({ size, children }: ThemeProps): ReactNode {
  const look = useLook();
  const language = useLanguage();
  const [locale, setLocale] = useState<Locale>();
  useEffect(() => {
    let isCurrent = true;
    void locales[language]().then((loaded) => isCurrent && setLocale(loaded.default));
    return () => {
      isCurrent = false;
    };
  }, [language]);
  const theme = useMemo(() => antdTheme(look, size, !still.matches), [look, size]);
  return (
    <ConfigProvider
      theme={theme}
      {...(locale ? { locale } : {})}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: true }}
      form={{ requiredMark: false, scrollToFirstError: true }}
    >
      {children}
    </ConfigProvider>
  );
}
