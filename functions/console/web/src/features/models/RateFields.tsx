import { useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Field, MoneyInput } from "@/ui/Field";
import type { Rates } from "./priceForm";
import { RATES, type RateName } from "./prices";

const USUAL: readonly RateName[] = ["inputPrice", "cachedInputPrice", "cacheWritePrice", "outputPrice"];

type RateFieldsProps = {
  rates: Rates;
  onChange: (rates: Rates) => void;
  /** What is wrong with a rate, by its name. */
  errorOf: (name: RateName) => string | undefined;
};

/** A rate for each class of tokens: the usual ones, those that have one, and the others on request. */
export function RateFields({ rates, onChange, errorOf }: RateFieldsProps) {
  const m = useMessages().models;
  const [isWhole, setIsWhole] = useState(false);
  const shown = RATES.filter((name) => isWhole || USUAL.includes(name) || rates[name] !== "" || errorOf(name));
  return (
    <div>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {shown.map((name) => (
          <Field key={name} label={m.rates[name]} error={errorOf(name)}>
            <MoneyInput value={rates[name]} onChange={(event) => onChange({ ...rates, [name]: event.target.value })} />
          </Field>
        ))}
      </div>
      {shown.length < RATES.length && (
        <Button kind="quiet" size="small" className="mt-2" onClick={() => setIsWhole(true)}>
          {m.priceForm.moreRates}
        </Button>
      )}
    </div>
  );
}
