import { useMemo, useState } from "react";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { lastDays } from "@/ui/days";
import { Field, Select } from "@/ui/Field";
import type { Version } from "./prices";
import { type Model, useModels, type WhatIfQuestion } from "./queries";
import { useReportingZone } from "./reportingZone";
import { WhatIfResult } from "./WhatIfResult";

const SPANS = [7, 30, 90];

type WhatIfProps = {
  model: Model;
  versions: readonly Version[];
  /** `version:…` or `model:…`; empty while nothing is chosen. */
  choice: string;
  onChoose: (choice: string) => void;
};

/** What the model's requests would have cost at another model's price, or at another version of its own. */
export function WhatIf({ model, versions, choice, onChoose }: WhatIfProps) {
  const m = useMessages().models.whatIf;
  const locale = useLocale();
  const [days, setDays] = useState(30);
  const zone = useReportingZone();
  const others = useModels({ priced: true });
  const dates = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const options: Array<readonly [string, string]> = [
    ["", m.choose],
    ...versions.toReversed().map(({ priceVersion, effectiveAt, remoteId }) => {
      const from = m.version(effectiveAt === null ? "" : dates.format(new Date(effectiveAt)));
      return [`version:${priceVersion}`, remoteId === model.remoteId ? from : `${from} · ${remoteId}`] as const;
    }),
    ...others.items
      .filter(({ id, modelType }) => id !== model.id && modelType === model.modelType)
      .map(({ systemName }) => [`model:${systemName}`, m.otherModel(systemName)] as const),
  ];
  const question = useMemo(
    () => (choice === "" || zone === null ? null : questionOf(choice, model.systemName, days, zone)),
    [choice, model.systemName, days, zone],
  );

  return (
    <div className="space-y-4">
      <div className="flex flex-wrap gap-3">
        <Field label={m.at} className="w-72 max-w-full">
          <Select value={choice} onChange={(event) => onChoose(event.target.value)} options={options} />
        </Field>
        <SpanField days={days} onChange={setDays} zone={zone} />
      </div>
      {question !== null && <WhatIfResult question={question} />}
    </div>
  );
}

export function SpanField({
  days,
  onChange,
  zone,
}: {
  days: number;
  onChange: (days: number) => void;
  zone: string | null;
}) {
  const m = useMessages().models.whatIf;
  return (
    <Field label={m.span} hint={zone === null ? undefined : m.zone(zone)}>
      <Select
        value={String(days)}
        onChange={(event) => onChange(Number(event.target.value))}
        options={SPANS.map((count) => [String(count), m.lastDays(count)])}
      />
    </Field>
  );
}

function questionOf(choice: string, model: string, days: number, zone: string): WhatIfQuestion {
  const [kind, name] = [choice.slice(0, choice.indexOf(":")), choice.slice(choice.indexOf(":") + 1)];
  const span = lastDays(days, zone, new Date());
  return { model, ...span, ...(kind === "model" ? { asModel: name } : { priceVersion: name }) };
}
