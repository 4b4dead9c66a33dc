import { X } from "lucide-react";
import { useOutlook } from "@/features/costs/queries";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { addDays } from "@/ui/days";
import { Field, Input, Select } from "@/ui/Field";
import { countOf, OUTCOMES, type Outcome, type RequestFilters, SPANS, type Span } from "./filters";
import { useModelNames, useProviderNames } from "./queries";

const STATUSES = ["2xx", "4xx", "429", "5xx"] as const;

type RequestFilterBarProps = { filters: RequestFilters; onChange: (filters: RequestFilters) => void };

export function RequestFilterBar({ filters, onChange }: RequestFilterBarProps) {
  const m = useMessages().requests;
  const providers = useProviderNames();
  const models = [...useModelNames().values()];
  const set = (changes: RequestFilters) => onChange({ ...filters, ...changes });
  const isOfDays = filters.from !== undefined || filters.to !== undefined;
  const any = ["", m.filters.any] as const;
  const today = useOutlook().data?.today ?? new Date().toISOString().slice(0, 10);

  return (
    <fieldset className="grid grid-cols-2 gap-x-3 gap-y-2 sm:grid-cols-3 lg:grid-cols-4 2xl:grid-cols-8">
      <legend className="sr-only">{m.filters.label}</legend>
      <Field label={m.filters.time}>
        <Select
          value={isOfDays ? "days" : (filters.span ?? "7d")}
          options={[...SPANS.map((span) => [span, m.spans[span]] as const), ["days", m.spans.days]]}
          onChange={(event) => {
            const chosen = event.target.value;
            if (chosen === "days") set({ span: undefined, from: addDays(today, -7), to: today });
            else set({ span: chosen as Span, from: undefined, to: undefined });
          }}
        />
      </Field>
      {isOfDays && (
        <>
          <Field label={m.filters.from}>
            <Input
              type="date"
              value={filters.from?.slice(0, 10) ?? ""}
              onChange={(event) => set({ from: event.target.value || undefined })}
            />
          </Field>
          <Field label={m.filters.to}>
            <Input
              type="date"
              value={filters.to?.slice(0, 10) ?? ""}
              onChange={(event) => set({ to: event.target.value || undefined })}
            />
          </Field>
        </>
      )}
      <Field label={m.filters.key}>
        <KeyPicker value={filters.keyId ?? null} onChange={(keyId) => set({ keyId: keyId ?? undefined })} />
      </Field>
      <Field label={m.filters.model}>
        <Select
          value={filters.model ?? ""}
          options={[any, ...withValue(models, filters.model).map((name) => [name, name] as const)]}
          onChange={(event) => set({ model: event.target.value || undefined })}
        />
      </Field>
      <Field label={m.filters.provider}>
        <Select
          value={filters.provider ?? ""}
          options={[any, ...providers]}
          onChange={(event) => set({ provider: event.target.value || undefined })}
        />
      </Field>
      <Field label={m.filters.outcome}>
        <Select
          value={filters.outcome ?? ""}
          options={[any, ...OUTCOMES.map((each) => [each, m.outcomes[each]] as const)]}
          onChange={(event) => set({ outcome: (event.target.value || undefined) as Outcome | undefined })}
        />
      </Field>
      <Field label={m.filters.status}>
        <Select
          value={filters.status ?? ""}
          options={[any, ...withValue(STATUSES, filters.status).map((each) => [each, each] as const)]}
          onChange={(event) => set({ status: event.target.value || undefined })}
        />
      </Field>
      <Field label={m.filters.streamed}>
        <Select
          value={filters.streamed ?? ""}
          options={[any, ["true", m.filters.yes], ["false", m.filters.no]]}
          onChange={(event) => set({ streamed: (event.target.value || undefined) as RequestFilters["streamed"] })}
        />
      </Field>
      {countOf(filters) > 0 && (
        <div className="flex items-end">
          <Button
            kind="quiet"
            icon={X}
            onClick={() => onChange({ span: filters.span, from: filters.from, to: filters.to })}
          >
            {m.filters.clear}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

/** What is chosen may be none of those that are offered: it came with the URL. */
function withValue(offered: readonly string[], value: string | undefined): readonly string[] {
  return value === undefined || offered.includes(value) ? offered : [value, ...offered];
}
