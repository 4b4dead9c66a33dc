import { useState } from "react";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { type Column, DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Field, Input, Select } from "@/ui/Field";
import { Time } from "@/ui/Time";
import { useDebounced } from "@/ui/useDebounced";
import { isImportable } from "./importing";
import { Price } from "./Price";
import { type Prices, priceChanges, type RateName } from "./prices";
import { type CatalogEntry, useCatalog } from "./queries";

const STATES: ReadonlyArray<CatalogEntry["state"]> = [
  "new",
  "price_changed",
  "edited",
  "unchanged",
  "elsewhere",
  "ended",
];
const VENDORS = ["openai", "anthropic", "google", "mistral", "deepseek", "alibaba", "amazon"];
const TONES: Record<CatalogEntry["state"], Tone> = {
  new: "good",
  price_changed: "accent",
  edited: "warn",
  unchanged: "neutral",
  elsewhere: "neutral",
  ended: "neutral",
};

type CatalogTableProps = {
  providerId: string;
  /** Whose models are shown at first, if the catalog has some. */
  vendor: string;
  chosen: ReadonlyMap<string, CatalogEntry>;
  onChoose: (chosen: ReadonlyMap<string, CatalogEntry>) => void;
};

/** Entries of the catalog with what importing each would change; those that can be are to be chosen. */
export function CatalogTable({ providerId, vendor: first, chosen, onChoose }: CatalogTableProps) {
  const m = useMessages().models.catalog;
  const [vendor, setVendor] = useState(VENDORS.includes(first) ? first : "");
  const [state, setState] = useState("");
  const [search, setSearch] = useState("");
  const wanted = useDebounced(search.trim());
  const list = useCatalog(providerId, {
    ...(vendor === "" ? {} : { vendor }),
    ...(state === "" ? {} : { state: state as CatalogEntry["state"] }),
    ...(wanted === "" ? {} : { search: wanted }),
  });
  const importable = list.items.filter(isImportable);
  const areAllChosen = importable.length > 0 && importable.every(({ systemName }) => chosen.has(systemName));

  function choose(entries: CatalogEntry[], isChosen: boolean) {
    const next = new Map(chosen);
    for (const entry of entries) {
      if (isChosen) next.set(entry.systemName, entry);
      else next.delete(entry.systemName);
    }
    onChoose(next);
  }

  const columns: Array<Column<CatalogEntry>> = [
    {
      id: "choose",
      header: (
        <input
          type="checkbox"
          className="size-4 accent-accent"
          aria-label={m.selectAll}
          title={m.selectAll}
          disabled={importable.length === 0}
          checked={areAllChosen}
          onChange={(event) => choose(importable, event.target.checked)}
        />
      ),
      className: "w-8",
      cell: (entry) => (
        <input
          type="checkbox"
          className="size-4 accent-accent disabled:opacity-30"
          aria-label={m.select(entry.systemName)}
          disabled={!isImportable(entry)}
          checked={chosen.has(entry.systemName)}
          onChange={(event) => choose([entry], event.target.checked)}
        />
      ),
    },
    {
      id: "model",
      header: m.model,
      cell: (entry) => (
        <div>
          <span className="font-medium break-all">{entry.systemName}</span>
          <div className="text-xs text-muted">{entry.vendor}</div>
        </div>
      ),
    },
    {
      id: "state",
      header: m.state,
      cell: ({ state: is }) => (
        <span title={m.stateHints[is]}>
          <Badge tone={TONES[is]}>{m.states[is]}</Badge>
        </span>
      ),
    },
    { id: "change", header: m.change, cell: (entry) => <Change entry={entry} /> },
    {
      id: "read",
      header: m.read,
      hideBelow: "sm",
      cell: (entry) => <ReadOn entry={entry} />,
    },
  ];

  return (
    <div className="space-y-3">
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label={m.search}>
          <Input type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
        </Field>
        <Field label={m.vendor}>
          <Select
            value={vendor}
            onChange={(event) => setVendor(event.target.value)}
            options={[["", m.allVendors], ...VENDORS.map((each) => [each, each] as const)]}
          />
        </Field>
        <Field label={m.state}>
          <Select
            value={state}
            onChange={(event) => setState(event.target.value)}
            options={[["", m.allStates], ...STATES.map((each) => [each, m.states[each]] as const)]}
          />
        </Field>
      </div>
      {list.error !== null && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending ? (
        <SkeletonRows />
      ) : (
        <DataTable
          label={m.list}
          columns={columns}
          rows={list.items}
          idOf={({ systemName }) => systemName}
          empty={<p className="py-4 text-muted">{m.nothing}</p>}
        />
      )}
      <LoadMore hasMore={list.hasMore} isLoading={list.isFetchingNextPage} onMore={list.fetchMore} />
    </div>
  );
}

const MAIN: readonly RateName[] = ["inputPrice", "outputPrice"];

/** The prices of input and output, before and after, and how much else differs. */
function Change({ entry: { before, after, state } }: { entry: CatalogEntry }) {
  const m = useMessages().models;
  const others = (before === null ? [] : priceChanges(before, after)).filter(
    ({ path }) => !MAIN.some((name) => name === path),
  );
  return (
    <div className="text-sm">
      {MAIN.filter((name) => after[name] !== null || (before?.[name] ?? null) !== null).map((name) => (
        <div key={name} className="whitespace-nowrap">
          <span className="text-muted">{m.rates[name]} </span>
          <Rate name={name} before={before} after={after} />
        </div>
      ))}
      {others.length > 0 && state !== "unchanged" && (
        <details>
          <summary className="text-xs text-muted">{m.more(others.length)}</summary>
          <ul className="text-xs">
            {others.map(({ path, before: was, after: is }) => (
              <li key={path} className="break-words">
                <code>{path}</code>: {was ?? "–"} → {is ?? "–"}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Rate({ name, before, after }: { name: RateName; before: Prices | null; after: Prices }) {
  if (before === null || before[name] === after[name]) return <Price value={after[name]} />;
  return (
    <>
      <del className="text-muted">
        <Price value={before[name]} />
      </del>
      <span aria-hidden> → </span>
      <ins className="font-semibold no-underline">
        <Price value={after[name]} />
      </ins>
    </>
  );
}

function ReadOn({ entry: { after, stale, validUntil } }: { entry: CatalogEntry }) {
  const m = useMessages().models.catalog;
  return (
    <div className="text-sm">
      {after.sourcedAt !== null && <Time value={after.sourcedAt} as="date" />}
      {stale && (
        <div>
          <Badge tone="warn">{m.stale}</Badge>
        </div>
      )}
      {validUntil !== null && (
        <div className="text-xs text-muted">
          {m.until} <Time value={validUntil} as="date" />
        </div>
      )}
    </div>
  );
}
