import { theme as antd, type ThemeConfig } from "antd";
import { type Look, type Tokens, tokens } from "./tokens.ts";

type Derived = ReturnType<typeof antd.defaultAlgorithm>;

/** What Ant Design makes of its seeds is replaced by what was checked: its own shades are darker, muddier or too faint. */
const pinned =
  (of: Tokens) =>
  (derived: Derived): Derived => ({
    ...derived,
    colorPrimary: of.primary,
    colorPrimaryHover: of.primaryHover,
    colorPrimaryActive: of.primaryHover,
    colorPrimaryText: of.link,
    colorPrimaryTextHover: of.primaryHover,
    colorPrimaryBg: of.busyTint,
    colorPrimaryBgHover: of.busyTint,
    colorPrimaryBorder: of.primary,
    colorPrimaryBorderHover: of.primaryHover,
    colorLink: of.link,
    colorLinkHover: of.primaryHover,
    colorLinkActive: of.primaryHover,
    colorSuccess: of.success,
    colorSuccessText: of.good,
    colorSuccessBg: of.goodTint,
    colorSuccessBorder: of.success,
    colorWarning: of.warning,
    colorWarningText: of.care,
    colorWarningBg: of.careTint,
    colorWarningBorder: of.warning,
    colorWarningHover: of.warning,
    colorError: of.error,
    colorErrorText: of.bad,
    colorErrorHover: of.error,
    colorErrorActive: of.error,
    colorErrorBg: of.badTint,
    colorErrorBgHover: of.badTint,
    colorErrorBorder: of.error,
    colorErrorBorderHover: of.error,
    colorInfo: of.primary,
    colorInfoBg: of.busyTint,
    colorInfoBorder: of.primary,
    colorBgLayout: of.layout,
    colorBgContainer: of.container,
    colorBgElevated: of.elevated,
    colorText: of.text,
    colorTextSecondary: of.secondary,
    colorTextTertiary: of.tertiary,
    colorTextQuaternary: of.placeholder,
    colorBorder: of.border,
    colorBorderSecondary: of.line,
  });

/** Ant Design in one look. `comfortable` for touch: 44 px. */
export function antdTheme(look: Look, size: "dense" | "comfortable", motion: boolean): ThemeConfig {
  const of = tokens[look];
  const own = look === "dark" ? antd.darkAlgorithm : antd.defaultAlgorithm;
  return {
    algorithm: [own, (_seed, derived) => pinned(of)(derived ?? own(antd.defaultSeed))],
    hashed: false,
    cssVar: { key: `look-${look}-${size}` },
    token: {
      motion,
      borderRadius: 6,
      fontSize: 14,
      controlHeight: size === "comfortable" ? 44 : 32,
      fontFamily: "inherit",
      colorTextPlaceholder: of.placeholder,
      colorTextDescription: of.tertiary,
      colorTextLightSolid: of.primaryInk,
      colorSplit: of.line,
      controlOutlineWidth: 2,
      motionDurationFast: "0.1s",
      motionDurationMid: "0.18s",
      motionDurationSlow: "0.24s",
      wireframe: false,
    },
    components: {
      Button: {
        primaryColor: of.primaryInk,
        dangerColor: of.dangerInk,
        fontWeight: 500,
        primaryShadow: "none",
        defaultShadow: "none",
        dangerShadow: "none",
      },
      Table: {
        cellPaddingBlock: 8,
        cellPaddingInline: 12,
        headerBg: of.container,
        headerColor: of.tertiary,
        headerSplitColor: "transparent",
        rowHoverBg: of.layout,
        borderColor: of.line,
      },
      Tooltip: { colorBgSpotlight: look === "dark" ? "#0A0E13" : "#17202A", colorTextLightSolid: "#FFFFFF" },
      Modal: { titleFontSize: 16 },
      Tabs: { titleFontSize: 14, horizontalItemGutter: 24, inkBarColor: of.primary, itemColor: of.secondary },
      Form: { labelColor: of.text, verticalLabelPadding: "0 0 4px" },
      Drawer: { footerPaddingBlock: 12, footerPaddingInline: 24 },
    },
  };
}
