import { Badge, Button, Drawer, Input } from "antd";
import { type ReactNode, useState } from "react";
import { Icon } from "../frame/icon.tsx";
import { useUi } from "../words/ui-words.ts";
import type { FilterField } from "./types.ts";
import { useNarrow } from "./use-narrow.ts";

interface FiltersProps {
  readonly fields: readonly FilterField[];
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (patch: Readonly<Record<string, string | undefined>>) => void;
}

/** Beside the search where there is room, else a sheet. */
export function Filters({ fields, values, onChange }: FiltersProps): ReactNode {
  const say = useUi();
  const [isOpen, setOpen] = useState(false);
  const isNarrow = useNarrow();
  const all = fields.map((field) => (
    <Field key={field.name} field={field} value={values[field.name] ?? ""} onChange={onChange} />
  ));
  if (!isNarrow) return <div className="list-filters">{all}</div>;
  return (
    <>
      <Badge count={Object.keys(values).length} size="small">
        <Button icon={<Icon name="filter" />} onClick={() => setOpen(true)}>
          {say("list.filters")}
        </Button>
      </Badge>
      <Drawer open={isOpen} placement="bottom" title={say("list.filters")} onClose={() => setOpen(false)} size="auto">
        <div className="stack">{all}</div>
      </Drawer>
    </>
  );
}

interface FieldProps {
  readonly field: FilterField;
  readonly value: string;
  readonly onChange: FiltersProps["onChange"];
}

function Field({ field: { name, label, kind, options = [] }, value, onChange }: FieldProps): ReactNode {
  const change = (next: string) => onChange({ [name]: next || undefined });
  if (kind === "choice") {
    return (
      <select className="list-select" aria-label={label} value={value} onChange={({ target }) => change(target.value)}>
        <option value="">{label}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    );
  }
  if (kind === "date") return <DayField label={label} value={value} onChange={change} />;
  return (
    <Input
      className="list-filter-text"
      aria-label={label}
      placeholder={label}
      defaultValue={value}
      allowClear
      onPressEnter={({ currentTarget }) => change(currentTarget.value.trim())}
      onBlur={({ currentTarget }) => change(currentTarget.value.trim())}
    />
  );
}

interface DayFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (next: string) => void;
}

/** A day where the reader is; control is told its first moment. */
function DayField({ label, value, onChange }: DayFieldProps): ReactNode {
  const day = value && new Date(value).toLocaleDateString("sv-SE");
  return (
    <label className="list-day">
      <span>{label}</span>
      <input
        type="date"
        value={day}
        onChange={({ target }) => onChange(target.value && new Date(`${target.value}T00:00`).toISOString())}
      />
    </label>
  );
}
