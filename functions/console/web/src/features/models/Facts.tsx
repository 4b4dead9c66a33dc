import type { ReactNode } from "react";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { CopyButton } from "@/ui/Copy";
import type { Model } from "./queries";

/** A model's settings, bar its price and where it is served. */
export function Facts({ model }: { model: Model }) {
  const m = useMessages().models.facts;
  const count = new Intl.NumberFormat(useLocale());
  const tokens = (value: number | null) => (value === null ? m.notSet : m.tokens(count.format(value)));
  const facts: Array<readonly [string, ReactNode]> = [
    [m.aliases, model.aliases.join(", ") || m.notSet],
    [m.context, tokens(model.contextLimit)],
    [m.output, tokens(model.outputLimit)],
    [m.fallbacks, model.fallbacks.join(", ") || m.notSet],
    [m.safety, model.safetyLevel],
    [m.overhead, model.promptOverhead === null ? m.known : tokens(model.promptOverhead)],
    [m.allowUnpriced, model.allowUnpriced ? m.allowed : m.refused],
    [m.allowUnpricedOptions, model.allowUnpricedOptions ? m.allowed : m.refused],
    [m.translation, model.strictTranslation ? m.strict : m.lenient],
    [
      m.id,
      <span key="id" className="inline-flex min-w-0 items-center">
        <code className="min-w-0 text-sm break-all">{model.id}</code>
        <CopyButton text={model.id} />
      </span>,
    ],
  ];
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)] items-center gap-x-4 gap-y-1.5">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
