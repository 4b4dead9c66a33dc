import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Field, Input, MoneyInput } from "@/ui/Field";
import { Block, PairFields } from "./PairFields";
import { NO_RATES, type PriceDraft } from "./priceForm";
import { RateFields } from "./RateFields";
import { WindowFields } from "./WindowFields";

type PriceFieldsProps = {
  draft: PriceDraft;
  onChange: (draft: PriceDraft) => void;
  /** What is wrong with a field, by its path in the request. */
  errorOf: (path: string) => string | undefined;
};

/** All that a price consists of. What is rare is folded away until there is something in it. */
export function PriceFields({ draft, onChange, errorOf }: PriceFieldsProps) {
  const m = useMessages().models.priceForm;
  const put = (changes: Partial<PriceDraft>) => onChange({ ...draft, ...changes });
  return (
    <div className="space-y-4">
      <fieldset>
        <legend className="mb-2 font-semibold">{m.rates}</legend>
        <RateFields rates={draft.rates} onChange={(rates) => put({ rates })} errorOf={errorOf} />
      </fieldset>
      <Part title={m.tiers} hint={m.tiersHint} isOpen={draft.tiers.length > 0}>
        <TierBlocks draft={draft} onChange={put} errorOf={errorOf} />
      </Part>
      <Part title={m.tools} isOpen={draft.toolPrices.length > 0 || draft.requestPrice !== ""}>
        <div className="space-y-3">
          <Field label={m.request} error={errorOf("requestPrice")} className="max-w-40">
            <MoneyInput value={draft.requestPrice} onChange={(event) => put({ requestPrice: event.target.value })} />
          </Field>
          <PairFields
            field="toolPrices"
            pairs={draft.toolPrices}
            valueLabel={m.value}
            onChange={(toolPrices) => put({ toolPrices })}
            errorOf={errorOf}
          />
        </div>
      </Part>
      <Part title={m.windows} hint={m.windowsHint} isOpen={draft.windows.length > 0}>
        <WindowFields windows={draft.windows} onChange={(windows) => put({ windows })} errorOf={errorOf} />
      </Part>
      <Part title={m.serviceTiers} isOpen={draft.serviceTiers.length > 0}>
        <PairFields
          field="serviceTiers"
          pairs={draft.serviceTiers}
          valueLabel={m.factor}
          onChange={(serviceTiers) => put({ serviceTiers })}
          errorOf={errorOf}
        />
      </Part>
      <Part title={m.serviceTierPrices} isOpen={draft.serviceTierPrices.length > 0}>
        <TierRateBlocks draft={draft} onChange={put} errorOf={errorOf} />
      </Part>
      <Part title={m.geos} isOpen={draft.inferenceGeos.length > 0}>
        <PairFields
          field="inferenceGeos"
          pairs={draft.inferenceGeos}
          valueLabel={m.factor}
          onChange={(inferenceGeos) => put({ inferenceGeos })}
          errorOf={errorOf}
        />
      </Part>
    </div>
  );
}

type BlocksProps = Omit<PriceFieldsProps, "onChange"> & { onChange: (changes: Partial<PriceDraft>) => void };

function TierBlocks({ draft: { tiers }, onChange, errorOf }: BlocksProps) {
  const m = useMessages().models.priceForm;
  return (
    <div className="space-y-2">
      {tiers.map((tier, at) => (
        <Block key={at} onRemove={() => onChange({ tiers: tiers.toSpliced(at, 1) })}>
          <Field label={m.above} error={errorOf(`tiers.${at}.abovePromptTokens`)} className="mb-3 max-w-56">
            <Input
              inputMode="numeric"
              value={tier.above}
              onChange={(event) => onChange({ tiers: tiers.with(at, { ...tier, above: event.target.value }) })}
            />
          </Field>
          <RateFields
            rates={tier.rates}
            onChange={(rates) => onChange({ tiers: tiers.with(at, { ...tier, rates }) })}
            errorOf={(name) => errorOf(`tiers.${at}.${name}`)}
          />
        </Block>
      ))}
      <Button size="small" icon={Plus} onClick={() => onChange({ tiers: [...tiers, { above: "", rates: NO_RATES }] })}>
        {m.addTier}
      </Button>
    </div>
  );
}

function TierRateBlocks({ draft: { serviceTierPrices: tiers }, onChange, errorOf }: BlocksProps) {
  const m = useMessages().models.priceForm;
  return (
    <div className="space-y-2">
      {tiers.map((tier, at) => (
        <Block key={at} onRemove={() => onChange({ serviceTierPrices: tiers.toSpliced(at, 1) })}>
          <Field
            label={m.name}
            error={errorOf(`serviceTierPrices.#${at}`) ?? errorOf(`serviceTierPrices.${tier.name.trim()}`)}
            className="mb-3 max-w-56"
          >
            <Input
              autoComplete="off"
              value={tier.name}
              onChange={(event) =>
                onChange({ serviceTierPrices: tiers.with(at, { ...tier, name: event.target.value }) })
              }
            />
          </Field>
          <RateFields
            rates={tier.rates}
            onChange={(rates) => onChange({ serviceTierPrices: tiers.with(at, { ...tier, rates }) })}
            errorOf={(name) => errorOf(`serviceTierPrices.${tier.name.trim()}.${name}`)}
          />
        </Block>
      ))}
      <Button
        size="small"
        icon={Plus}
        onClick={() => onChange({ serviceTierPrices: [...tiers, { name: "", rates: NO_RATES }] })}
      >
        {m.addServiceTierPrices}
      </Button>
    </div>
  );
}

function Part({
  title,
  hint,
  isOpen,
  children,
}: {
  title: string;
  hint?: string;
  isOpen: boolean;
  children: ReactNode;
}) {
  return (
    <details open={isOpen} className="rounded border border-line">
      <summary className="px-3 py-2 font-medium">{title}</summary>
      <div className="border-t border-line p-3">
        {hint !== undefined && <p className="mb-2 text-xs text-muted">{hint}</p>}
        {children}
      </div>
    </details>
  );
}
