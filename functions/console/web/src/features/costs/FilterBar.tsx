import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Checkbox, Input, Select } from "@/ui/Field";
import { isKept } from "./combinations";
import { useKeyName } from "./queries";
import { type CostsSearch, FILTERS, type Filter, fieldOf, filtersIn, groupIn, isTreeKept } from "./search";

type FilterBarProps = { search: CostsSearch; onChange: (changes: CostsSearch) => void };

/** The filters in force, each with the way to take it away, and the way to add one that sums are kept under. */
export function FilterBar({ search, onChange }: FilterBarProps) {
  const m = useMessages().costs;
  const [adding, setAdding] = useState<Filter | null>(null);
  const filters = filtersIn(search);
  const given = FILTERS.filter((name) => filters[name] !== undefined);
  const possible = FILTERS.filter(
    (name) => filters[name] === undefined && isKept([...given.map(fieldOf), fieldOf(name)]),
  );
  const add = (name: Filter, value: string) => {
    setAdding(null);
    if (value.trim() !== "") onChange({ [name]: value.trim() });
  };
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2">
      {given.map((name) => (
        <Chip key={name} name={name} value={filters[name] ?? ""} onRemove={() => onChange({ [name]: undefined })} />
      ))}
      {isTreeKept(groupIn(search), filters) && (
        <Checkbox
          label={m.filters.tree}
          checked={search.tree === true}
          onChange={(event) => onChange({ tree: event.target.checked || undefined })}
        />
      )}
      {possible.length > 0 &&
        (adding === null ? (
          <Button size="small" kind="quiet" icon={Plus} onClick={() => setAdding(possible[0] ?? null)}>
            {m.filters.add}
          </Button>
        ) : (
          <NewFilter
            name={adding}
            possible={possible}
            onName={setAdding}
            onAdd={(value) => add(adding, value)}
            onCancel={() => setAdding(null)}
          />
        ))}
    </div>
  );
}

function Chip({ name, value, onRemove }: { name: Filter; value: string; onRemove: () => void }) {
  const m = useMessages().costs;
  const key = useKeyName(name === "keyId" ? value : undefined);
  const title = m.groups[fieldOf(name)];
  const shown = value === "-" ? m.nobody[fieldOf(name)] : (key ?? value);
  return (
    <span className="inline-flex max-w-full items-center gap-1 rounded bg-accent-soft py-0.5 pr-0.5 pl-2 text-sm text-accent">
      <span className="truncate">
        {title}: <strong className="font-semibold">{shown}</strong>
      </span>
      <button
        type="button"
        aria-label={m.filters.remove(title, shown)}
        onClick={onRemove}
        className="rounded p-0.5 hover:bg-surface"
      >
        <X size={14} aria-hidden />
      </button>
    </span>
  );
}

type NewFilterProps = {
  name: Filter;
  possible: readonly Filter[];
  onName: (name: Filter) => void;
  onAdd: (value: string) => void;
  onCancel: () => void;
};

function NewFilter({ name, possible, onName, onAdd, onCancel }: NewFilterProps) {
  const m = useMessages();
  const [value, setValue] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAdd(value);
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-center gap-2">
      <span className="w-36">
        <Select
          aria-label={m.costs.filters.add}
          value={name}
          onChange={(event) => onName(event.target.value as Filter)}
          options={possible.map((each) => [each, m.costs.groups[fieldOf(each)]] as const)}
        />
      </span>
      {name === "keyId" ? (
        <span className="w-72 max-w-full">
          <KeyPicker
            aria-label={m.costs.filters.findKey}
            value={null}
            onChange={(keyId) => keyId !== null && onAdd(keyId)}
          />
        </span>
      ) : (
        <>
          <span className="w-52">
            <Input
              aria-label={m.costs.filters.value}
              autoFocus
              placeholder={name === "tag" ? m.costs.filters.tagValue : undefined}
              pattern={name === "tag" ? "[^=]+=.*" : undefined}
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          </span>
          <Button type="submit" size="small" kind="primary">
            {m.costs.filters.apply}
          </Button>
        </>
      )}
      <Button size="small" kind="quiet" onClick={onCancel}>
        {m.ui.cancel}
      </Button>
    </form>
  );
}
