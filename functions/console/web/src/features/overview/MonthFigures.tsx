import { TrendingDown, TrendingUp } from "lucide-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { Skeleton } from "@/ui/Feedback";
import { Count, Money } from "@/ui/Money";
import { formatUsd } from "@/ui/money";
import { Figure, Section } from "@/ui/Page";
import { percentOf, signedPercent } from "./percent";

type MonthFiguresProps = { outlook?: Schemas["Outlook"]; month?: Schemas["Overview"] };

/** What was spent against last month, what it comes to, and how much was asked for it. */
export function MonthFigures({ outlook, month }: MonthFiguresProps) {
  const m = useMessages().overview.month;
  const locale = useLocale();
  if (outlook === undefined) return <Skeleton className="h-28 w-full rounded-lg" />;
  const { thisMonth, lastMonth, lastMonthToDate, change, forecast } = outlook;
  const toDate = formatUsd(lastMonthToDate.cost);
  const percent = change.cost.percent;
  return (
    <Section>
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2 lg:grid-cols-4">
        <Figure
          label={m.spent}
          value={<Money value={thisMonth.cost} />}
          note={
            percent === null ? (
              m.noneBefore(toDate)
            ) : (
              <Trend percent={percent}>{m.against(toDate, signedPercent(percent, locale))}</Trend>
            )
          }
        />
        <Figure
          label={m.forecast}
          value={forecast === null ? "–" : <Money value={forecast.cost} />}
          note={
            forecast === null ? (
              m.noForecast
            ) : (
              <>
                {lastMonth.cost !== "0" &&
                  `${m.change(signedPercent(percentOf(forecast.cost, lastMonth.cost), locale))}, `}
                {m.forecastNote(forecast.days)}
              </>
            )
          }
        />
        <Figure
          label={m.lastMonth}
          value={<Money value={lastMonth.cost} />}
          note={m.providerCost(formatUsd(lastMonth.providerCost))}
        />
        <Figure
          label={m.requests}
          value={<Count value={thisMonth.requests} />}
          note={month === undefined ? "\u00a0" : m.tokens(compact(month.totals.totalTokens, locale))}
        />
      </div>
    </Section>
  );
}

/** More isn't worse and less isn't better: the arrow says which way, the colour nothing. */
function Trend({ percent, children }: { percent: string; children: ReactNode }) {
  const Icon = percent.startsWith("-") ? TrendingDown : TrendingUp;
  return (
    <span className="inline-flex items-start gap-1">
      {percent !== "0" && <Icon size={15} aria-hidden className="mt-0.5 shrink-0" />}
      <span>{children}</span>
    </span>
  );
}

function compact(count: number, locale: string): string {
  return new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(count);
}
