import { settings } from "@berth/api";
import { useCall } from "@berth/ui/api/query.ts";
import { Loaded } from "@berth/ui/feedback/feedback.tsx";
import { Panel } from "@berth/ui/frame/page.tsx";
import { ActButton } from "@berth/ui/permission/act-button.tsx";
import { Tag } from "@berth/ui/states/state-tag.tsx";
import { Ago } from "@berth/ui/time/time.tsx";
import { findWord, useLanguage, useWords } from "@berth/ui/words/words.ts";
import { type ReactNode, useState } from "react";
import { settingsWords } from "../../../i18n/areas.ts";
import { EditValue } from "./edit-value.tsx";
import { Said } from "./said.tsx";
import type { Setting } from "./setting-type.ts";
import "./settings.css";

/** By the part that they belong to: the begin of their names. */
export function Values(): ReactNode {
  const asked = useCall(settings.listSettings, {});
  const [editing, edit] = useState<Setting>();
  return (
    <>
      <Loaded of={asked}>
        {({ items }) =>
          [...new Set(items.map(partOf))]
            .sort(limitsLast)
            .map((part) => (
              <Part key={part} part={part} items={items.filter((one) => partOf(one) === part)} onEdit={edit} />
            ))
        }
      </Loaded>
      {editing && <EditValue setting={editing} onClose={() => edit(undefined)} />}
    </>
  );
}

/** There are many of them, and they are seldom set. */
const limitsLast = (a: string, b: string) => Number(a === "guard") - Number(b === "guard");

const partOf = ({ name }: Setting) => name.split(".")[0] ?? name;

interface PartProps {
  readonly part: string;
  readonly items: readonly Setting[];
  readonly onEdit: (setting: Setting) => void;
}

function Part({ part, items, onEdit }: PartProps): ReactNode {
  useLanguage();
  return (
    <Panel title={findWord(settingsWords, `parts.${part}`) ?? part}>
      <ul className="setting-rows">
        {items.map((setting) => (
          <Row key={setting.name} setting={setting} onEdit={onEdit} />
        ))}
      </ul>
    </Panel>
  );
}

function Row({ setting, onEdit }: { readonly setting: Setting; readonly onEdit: PartProps["onEdit"] }): ReactNode {
  const say = useWords(settingsWords);
  const { name, description, value, isSecret, isSet, changedAt } = setting;
  return (
    <li>
      <div className="setting-text">
        <strong>{findWord(settingsWords, `names.${name}`) ?? description}</strong>
        <span className="quiet">
          <code>{name}</code>
          {changedAt && (
            <>
              {" · "}
              {say("changed")} <Ago at={changedAt} />
            </>
          )}
        </span>
      </div>
      <span className="setting-value">{isSecret ? "••••••" : <Said value={value} />}</span>
      <Tag tone={isSet ? "busy" : "over"}>{say(isSet ? "isSet" : "isDefault")}</Tag>
      <ActButton permission="settings.write" onClick={() => onEdit(setting)}>
        {say("edit")}
      </ActButton>
    </li>
  );
}
