import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { Field } from "@/ui/Field";
import type { FactorDraft, ScheduledDraft } from "../draft";
import { useForm } from "../useKeyForm";
import { ModelPicker, ModelsPicker } from "./ModelPicker";
import { MomentInput } from "./MomentInput";
import { UnitInput } from "./UnitInput";

const MOST_MODELS = 50;
const MOST_SCHEDULED = 12;

/** The factors of single models. */
export function ModelFactorRows() {
  const m = useMessages().keySettings;
  const { draft, set, errorAt } = useForm().form;
  const rows = draft.modelPriceFactors;
  const edit = (index: number, edited: Partial<FactorDraft>) =>
    set({ modelPriceFactors: rows.map((row, at) => (at === index ? { ...row, ...edited } : row)) });
  return (
    <Rows legend={m.fields.modelPriceFactors.label} hint={m.fields.modelPriceFactors.hint}>
      {rows.map((row, index) => (
        <div key={index} className="flex items-start gap-2">
          <Field
            label={m.prices.model}
            className="flex-1"
            error={errorAt(`modelPriceFactors.${index}`) ?? errorAt(`modelPriceFactors.${row.model}`)}
          >
            <ModelPicker value={row.model} onChange={(model) => edit(index, { model })} />
          </Field>
          <Field label={m.prices.factor} className="w-28">
            <UnitInput
              unit={m.units.times}
              value={row.factor}
              onChange={(event) => edit(index, { factor: event.target.value })}
            />
          </Field>
          <IconButton
            label={m.parts.remove(row.model)}
            icon={X}
            className="mt-6"
            onClick={() => set({ modelPriceFactors: rows.filter((_, at) => at !== index) })}
          />
        </div>
      ))}
      {rows.length < MOST_MODELS && (
        <Button
          size="small"
          icon={Plus}
          onClick={() => set({ modelPriceFactors: [...rows, { model: "", factor: "" }] })}
        >
          {m.prices.addModel}
        </Button>
      )}
    </Rows>
  );
}

/** The factors for a time, in the order in which they are looked through. */
export function ScheduledFactorRows() {
  const m = useMessages().keySettings;
  const { draft, set, errorAt, errorWithin } = useForm().form;
  const rows = draft.scheduledPriceFactors;
  const replace = (scheduledPriceFactors: ScheduledDraft[]) => set({ scheduledPriceFactors });
  const edit = (index: number, edited: Partial<ScheduledDraft>) =>
    replace(rows.map((row, at) => (at === index ? { ...row, ...edited } : row)));
  return (
    <Rows legend={m.fields.scheduledPriceFactors.label} hint={m.fields.scheduledPriceFactors.hint}>
      {rows.map((row, index) => (
        <div
          key={index}
          className="grid items-start gap-3 rounded border border-line p-3 sm:grid-cols-[7rem_1fr_1fr_auto]"
        >
          <Field label={m.prices.factor} error={errorAt(`scheduledPriceFactors.${index}.factor`)}>
            <UnitInput
              unit={m.units.times}
              value={row.factor}
              onChange={(event) => edit(index, { factor: event.target.value })}
            />
          </Field>
          <Field label={m.prices.from} error={errorAt(`scheduledPriceFactors.${index}.from`)}>
            <MomentInput value={row.from} onChange={(from) => edit(index, { from })} />
          </Field>
          <Field label={m.prices.until} error={errorAt(`scheduledPriceFactors.${index}.until`)}>
            <MomentInput value={row.until} onChange={(until) => edit(index, { until })} />
          </Field>
          <div className="flex sm:mt-6">
            <IconButton
              label={m.parts.up}
              icon={ArrowUp}
              disabled={index === 0}
              onClick={() => replace(swapped(rows, index - 1))}
            />
            <IconButton
              label={m.parts.down}
              icon={ArrowDown}
              disabled={index === rows.length - 1}
              onClick={() => replace(swapped(rows, index))}
            />
            <IconButton
              label={m.parts.remove(m.summary.factor(row.factor))}
              icon={X}
              onClick={() => replace(rows.filter((_, at) => at !== index))}
            />
          </div>
          <Field
            label={m.prices.models}
            className="sm:col-span-4"
            hint={row.models === null ? m.prices.allModels : undefined}
            error={errorWithin(`scheduledPriceFactors.${index}.models`)}
          >
            <ModelsPicker
              values={row.models ?? []}
              onChange={(models) => edit(index, { models: models.length === 0 ? null : models })}
            />
          </Field>
        </div>
      ))}
      {rows.length < MOST_SCHEDULED && (
        <Button
          size="small"
          icon={Plus}
          onClick={() => replace([...rows, { factor: "", from: null, until: null, models: null }])}
        >
          {m.prices.addSchedule}
        </Button>
      )}
    </Rows>
  );
}

function Rows({ legend, hint, children }: { legend: string; hint: string; children: ReactNode }) {
  return (
    <fieldset className="min-w-0 space-y-2 sm:col-span-2">
      <legend className="text-sm font-medium">{legend}</legend>
      <p className="text-xs text-muted">{hint}</p>
      {children}
    </fieldset>
  );
}

/** With the entry at `index` and the one after it in each other's place. */
function swapped<T>(rows: readonly T[], index: number): T[] {
  return [...rows.slice(0, index), ...rows.slice(index, index + 2).toReversed(), ...rows.slice(index + 2)];
}
