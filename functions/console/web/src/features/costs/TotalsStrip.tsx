import type { Schemas } from "@/api/client";
import { useLocale } from "@/app/preferences";
import { sharePercent } from "@/features/overview/percent";
import { useMessages } from "@/messages";
import { Count, Money } from "@/ui/Money";
import { Figure, Section } from "@/ui/Page";
import { formatOf } from "./figures";
import { isMoney, type Metric } from "./search";

/** What the span comes to: the metric first, then what is always worth knowing. */
export function TotalsStrip({ series }: { series: Schemas["Series"] }) {
  const m = useMessages().costs;
  const locale = useLocale();
  const { total, metric } = series;
  const others: Metric[] = (["cost", "margin", "requests", "failed", "totalTokens"] as const).filter(
    (each) => each !== metric,
  );
  return (
    <Section>
      <div className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 lg:grid-cols-5">
        {[metric, ...others].slice(0, 5).map((each) => (
          <Figure
            key={each}
            label={m.metrics[each]}
            value={<Value metric={each} value={String(total[each])} />}
            note={each === "failed" ? sharePercent(total.failed, total.requests, locale) : undefined}
          />
        ))}
      </div>
    </Section>
  );
}

export function Value({ metric, value }: { metric: Metric; value: string }) {
  const locale = useLocale();
  if (isMoney(metric)) return <Money value={value} />;
  return metric === "totalTokens" ? (
    <span title={formatOf(metric, locale)(value)}>{compact(value, locale)}</span>
  ) : (
    <Count value={Number(value)} />
  );
}

function compact(value: string, locale: string): string {
  return new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(BigInt(value));
}
