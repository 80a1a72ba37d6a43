import type { catalogue, ReplyOf } from "@berth/api";
import type { Column } from "@berth/ui/list/types.ts";
import { toGb, toMoney } from "@berth/ui/numbers/format.ts";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { Moment } from "@berth/ui/time/time.tsx";
import { useUi } from "@berth/ui/words/ui-words.ts";
import { findWord, useLanguage, useWords } from "@berth/ui/words/words.ts";
import { plansWords } from "../../../i18n/areas.ts";

export type Plan = ReplyOf<typeof catalogue.listPlans>["items"][number];

export function usePlanColumns(): Column<Plan>[] {
  const say = useWords(plansWords);
  const ui = useUi();
  const language = useLanguage();
  const orNone = (value: number | null) => value ?? ui("unlimited");
  return [
    { key: "name", title: say("name"), sort: "name", isFixed: true, cell: ({ name }) => name },
    {
      key: "state",
      title: say("state"),
      cell: ({ onSale }) => <Tag tone={onSale ? "good" : "over"}>{say(onSale ? "onSale" : "offSale")}</Tag>,
    },
    { key: "kind", title: say("kind"), cell: ({ kind }) => findWord(plansWords, `kinds.${kind}`) ?? kind },
    {
      key: "duration",
      title: say("duration"),
      isFigure: true,
      cell: ({ durationDays }) => say("days", { count: durationDays }),
    },
    {
      key: "traffic",
      title: say("traffic"),
      isFigure: true,
      cell: ({ trafficBytes }) => (trafficBytes === null ? ui("unlimited") : toGb(trafficBytes, language)),
    },
    { key: "devices", title: say("devices"), isFigure: true, cell: ({ devices }) => orNone(devices) },
    {
      key: "rate",
      title: say("rate"),
      isFigure: true,
      isHidden: true,
      cell: ({ mbps }) => (mbps === null ? ui("unlimited") : say("mbps", { count: mbps })),
    },
    { key: "reset", title: say("reset"), isHidden: true, cell: ({ reset }) => say(`resets.${reset}`) },
    { key: "regions", title: say("regions"), cell: ({ regions }) => regions.join(", ") || say("anywhere") },
    {
      key: "price",
      title: say("price"),
      sort: "price",
      isFigure: true,
      cell: ({ price }) => <span className="figure">{toMoney(price, language)}</span>,
    },
    {
      key: "created",
      title: say("created"),
      sort: "created",
      isHidden: true,
      cell: ({ createdAt }) => <Moment at={createdAt} />,
    },
    { key: "id", title: say("id"), isHidden: true, cell: ({ id }) => <code>{id}</code> },
  ];
}
