import { Search, SlidersHorizontal, X } from "lucide-react";
import { type ComponentProps, useEffect, useEffectEvent, useState } from "react";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Field, Input, Select } from "@/ui/Field";
import { BUDGET_STATES, isFiltered, type KeyFilters, PRIORITIES, STATUSES } from "../filters";

/** Selects and inputs of one height, so that their labels stand in one line. */
const HEIGHT = "h-9";

type FilterBarProps = {
  filters: KeyFilters;
  /** Changes some of them; undefined takes one away. */
  onChange: (filters: Partial<KeyFilters>) => void;
  onClear: () => void;
};

/** What the list is narrowed to. All of it is in the page's URL, so that it can be shared. */
export function FilterBar({ filters, onChange, onClear }: FilterBarProps) {
  const m = useMessages().keys.filters;
  const { owner, tag, externalId, parentId } = filters;
  const isMoreUsed = [owner, tag, externalId, parentId].some((each) => each !== undefined);
  const [isMoreShown, setIsMoreShown] = useState(isMoreUsed);
  const all = ["", m.any] as const;

  return (
    <search className="block space-y-3">
      <div className="flex flex-wrap items-end gap-3">
        <TypedFilter
          label={m.search}
          hint={m.searchHint}
          className="min-w-56 grow-3 basis-72"
          value={filters.search}
          onChange={(search) => onChange({ search })}
          isSearch
        />
        <Field label={m.status} className="min-w-32 flex-1 sm:max-w-40">
          <Select
            className={HEIGHT}
            options={[all, ...STATUSES.map((each) => [each, m.statuses[each]] as const)]}
            value={filters.status ?? ""}
            onChange={({ target }) => onChange({ status: STATUSES.find((each) => each === target.value) })}
          />
        </Field>
        <Field label={m.budgetState} className="min-w-32 flex-1 sm:max-w-40">
          <Select
            className={HEIGHT}
            options={[all, ...BUDGET_STATES.map((each) => [each, m.budgetStates[each]] as const)]}
            value={filters.budgetState ?? ""}
            onChange={({ target }) => onChange({ budgetState: BUDGET_STATES.find((each) => each === target.value) })}
          />
        </Field>
        <Field label={m.priority} className="min-w-32 flex-1 sm:max-w-40">
          <Select
            className={HEIGHT}
            options={[all, ...PRIORITIES.map((each) => [each, m.priorities[each]] as const)]}
            value={filters.priority ?? ""}
            onChange={({ target }) => onChange({ priority: PRIORITIES.find((each) => each === target.value) })}
          />
        </Field>
        <Button icon={SlidersHorizontal} aria-expanded={isMoreShown} onClick={() => setIsMoreShown(!isMoreShown)}>
          {m.more}
        </Button>
        {isFiltered(filters) && (
          <Button kind="quiet" icon={X} onClick={onClear}>
            {m.clear}
          </Button>
        )}
      </div>
      {isMoreShown && (
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
          <TypedFilter
            label={m.owner}
            hint={m.ownerHint}
            value={owner}
            onChange={(value) => onChange({ owner: value })}
          />
          <TypedFilter label={m.tag} hint={m.tagHint} value={tag} onChange={(value) => onChange({ tag: value })} />
          <Field label={m.parentId}>
            <KeyPicker value={parentId ?? null} onChange={(id) => onChange({ parentId: id ?? undefined })} />
          </Field>
          <TypedFilter label={m.externalId} value={externalId} onChange={(value) => onChange({ externalId: value })} />
        </div>
      )}
    </search>
  );
}

type TypedFilterProps = {
  label: string;
  hint?: string;
  className?: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  isSearch?: boolean;
};

/** How long after the last letter a filter applies, in milliseconds. */
const PAUSE = 350;

/** A filter that is typed: it applies after a pause, so that no letter is a request of its own. */
function TypedFilter({ label, hint, className, value, onChange, isSearch = false }: TypedFilterProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const apply = useEffectEvent((text: string) => onChange(text === "" ? undefined : text));

  useEffect(() => {
    if (typed === null) return undefined;
    const timer = setTimeout(() => apply(typed.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  // Once the page has what was typed, the page is right, also where it goes back to what it had before.
  useEffect(() => setTyped((before) => (before?.trim() === (value ?? "") ? null : before)), [value]);

  const Control = isSearch ? SearchInput : Input;
  return (
    <Field label={label} className={className}>
      <Control
        autoComplete="off"
        spellCheck={false}
        placeholder={hint}
        maxLength={256}
        value={typed ?? value ?? ""}
        onChange={(event) => setTyped(event.target.value)}
      />
    </Field>
  );
}

function SearchInput(attributes: ComponentProps<"input">) {
  return (
    <span className="relative flex">
      <Search size={15} aria-hidden className="absolute top-1/2 left-2.5 -translate-y-1/2 text-muted" />
      <Input type="search" {...attributes} className={cx("pl-8", HEIGHT)} />
    </span>
  );
}
