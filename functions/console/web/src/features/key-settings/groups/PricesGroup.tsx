import { useMessages } from "@/messages";
import { MoneyInput } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import type { KeyView } from "../draft";
import { inheritedTerm } from "../inherited";
import { ModelFactorRows, ScheduledFactorRows } from "../parts/FactorRows";
import { SettingField } from "../parts/SettingField";
import { UnitInput } from "../parts/UnitInput";
import { useForm } from "../useKeyForm";

export function PricesGroup({ apiKey }: { apiKey: KeyView | null }) {
  const m = useMessages().keySettings;
  const { form, surroundings } = useForm();
  const { draft, set } = form;
  const factor = inheritedTerm(surroundings, "priceFactor");
  const fee = inheritedTerm(surroundings, "minimumFee");
  const told = (value: string, from: KeyView | null) =>
    from === null ? m.inherited.asDefault(value) : m.inherited.asAbove(value, from.name);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SettingField field="priceFactor" inherited={told(m.summary.factor(factor.value), factor.from)}>
        <UnitInput
          unit={m.units.times}
          placeholder={factor.value}
          value={draft.priceFactor}
          onChange={(event) => set({ priceFactor: event.target.value })}
        />
      </SettingField>
      <SettingField field="minimumFee" inherited={told(formatUsd(fee.value), fee.from)}>
        <MoneyInput
          placeholder={fee.value}
          value={draft.minimumFee}
          onChange={(event) => set({ minimumFee: event.target.value })}
        />
      </SettingField>
      <ModelFactorRows />
      <ScheduledFactorRows />
      {apiKey !== null && <InEffect apiKey={apiKey} ancestors={surroundings.ancestors} />}
    </div>
  );
}

/** What the key's calls are charged by at present, and which key says so: also what keys above have for models. */
function InEffect({ apiKey, ancestors }: { apiKey: KeyView; ancestors: readonly KeyView[] }) {
  const m = useMessages().keySettings;
  const terms = apiKey.priceTermsInEffect;
  const source = (id: string | null) => {
    if (id === null) return m.prices.nobody;
    const name = id === apiKey.id ? m.prices.thisKey : (ancestors.find((key) => key.id === id)?.name ?? id);
    return m.prices.by(name);
  };
  const rows = [
    [m.fields.priceFactor.label, m.summary.factor(terms.priceFactor), terms.priceFactorFrom],
    ...Object.entries(terms.models).map(([model, { priceFactor, from }]) => [
      model,
      m.summary.factor(priceFactor),
      from,
    ]),
    [m.fields.minimumFee.label, formatUsd(terms.minimumFee), terms.minimumFeeFrom],
  ] as const;
  return (
    <div className="rounded bg-sunken p-3 text-sm sm:col-span-2">
      <h4 className="mb-1 font-medium">{m.prices.inEffect}</h4>
      <dl className="space-y-0.5">
        {rows.map(([label, value, from]) => (
          <div key={label} className="flex flex-wrap gap-x-2">
            <dt className="break-all text-muted">{label}</dt>
            <dd>
              {value} <span className="text-muted">({source(from ?? null)})</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
