import { useNavigate, useSearch } from "@tanstack/react-router";
import { X } from "lucide-react";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Field, Input, Select } from "@/ui/Field";
import { Page, Section } from "@/ui/Page";
import { ChangeEntry } from "./ChangeEntry";
import { type AuditFilters, filtersOf } from "./filters";
import { useChanges } from "./queries";

export function AuditPage() {
  const m = useMessages().audit;
  const filters = filtersOf(useSearch({ strict: false }));
  const navigate = useNavigate();
  const onFilters = (wanted: AuditFilters) => void navigate({ to: "/audit", search: wanted, replace: true });
  return (
    <Page title={m.title} subtitle={m.subtitle}>
      <Section>
        <AuditFilterBar filters={filters} onChange={onFilters} />
      </Section>
      <Section>
        <Changes filters={filters} onChange={onFilters} />
      </Section>
    </Page>
  );
}

type FiltersProps = { filters: AuditFilters; onChange: (filters: AuditFilters) => void };

function AuditFilterBar({ filters, onChange }: FiltersProps) {
  const m = useMessages().audit;
  const set = (changes: AuditFilters) => onChange({ ...filters, ...changes });
  const { entity } = filters;
  const group = entity === undefined ? "" : entity.startsWith("key_") ? "key" : entity;
  const known = [
    ["", m.filters.any] as const,
    ["alerts", m.entities.alerts] as const,
    ["settings", m.entities.settings] as const,
  ];
  return (
    <fieldset className="grid grid-cols-2 gap-x-3 gap-y-2 md:grid-cols-3 xl:grid-cols-6">
      <legend className="sr-only">{m.filters.label}</legend>
      <Field label={m.filters.key}>
        <KeyPicker
          value={group === "key" && entity !== undefined ? entity : null}
          onChange={(keyId) => set({ entity: keyId ?? undefined })}
        />
      </Field>
      <Field label={m.filters.entity}>
        <Select
          value={group === "key" ? "" : group}
          options={
            known.some(([value]) => value === group) || group === "key" ? known : [...known, [group, group] as const]
          }
          onChange={(event) => set({ entity: event.target.value || undefined })}
        />
      </Field>
      <Field label={m.filters.action}>
        <Select
          value={filters.action ?? ""}
          options={[["", m.filters.any], ...Object.entries(m.actions)]}
          onChange={(event) => set({ action: event.target.value || undefined })}
        />
      </Field>
      <Field label={m.filters.from}>
        <Input
          type="date"
          value={filters.from ?? ""}
          onChange={(event) => set({ from: event.target.value || undefined })}
        />
      </Field>
      <Field label={m.filters.to}>
        <Input
          type="date"
          value={filters.to ?? ""}
          onChange={(event) => set({ to: event.target.value || undefined })}
        />
      </Field>
      {Object.keys(filters).length > 0 && (
        <div className="flex items-end">
          <Button kind="quiet" icon={X} onClick={() => onChange({})}>
            {m.filters.clear}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function Changes({ filters, onChange }: FiltersProps) {
  const m = useMessages().audit;
  const { items, error, isPending, refetch, hasMore, isFetchingNextPage, fetchMore } = useChanges(filters);
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (isPending) return <SkeletonRows rows={10} />;
  return (
    <>
      {filters.actor !== undefined && (
        <p className="mb-2 flex items-center gap-2 text-sm">
          {m.byActor(items[0]?.actorName ?? filters.actor)}
          <Button size="small" onClick={() => onChange({ ...filters, actor: undefined })}>
            {m.everybody}
          </Button>
        </p>
      )}
      {items.length === 0 && (
        <Empty title={hasMore ? m.noneSoFar : m.none} hint={hasMore ? m.noneSoFarHint : m.noneHint} />
      )}
      <ol className="divide-y divide-line/70">
        {items.map((change) => (
          <ChangeEntry
            key={change.id}
            change={change}
            onActor={() => onChange({ ...filters, actor: change.actor })}
            onEntity={() => onChange({ ...filters, entity: change.entity })}
          />
        ))}
      </ol>
      <LoadMore hasMore={hasMore} isLoading={isFetchingNextPage} onMore={fetchMore} />
    </>
  );
}
