import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { StackedBars } from "@/ui/charts/StackedBars";
import { periodLabel, periodTitle } from "@/ui/days";
import { Section } from "@/ui/Page";
import { formatOf, tickOf } from "./figures";
import { chartSeries, requestsOf } from "./groups";
import type { CostsSearch } from "./search";
import { spanOfPeriod } from "./spans";

type SeriesSectionProps = { search: CostsSearch; series: Schemas["Series"] };

/** The metric by day or month, stacked by group; a bar leads to its requests where the log can be filtered so. */
export function SeriesSection({ search, series }: SeriesSectionProps) {
  const m = useMessages().costs;
  const locale = useLocale();
  const navigate = useNavigate();
  const drawn = useMemo(() => chartSeries(series, m), [series, m]);
  const span = { from: series.from, to: series.to };
  const metric = m.metrics[series.metric];
  const title = series.group === null ? m.over(metric) : m.chart(metric, m.groups[series.group], series.interval);
  const pick = (period: string, seriesId?: string) => {
    const filters = requestsOf(search, spanOfPeriod(period, span), seriesId === "total" ? undefined : seriesId);
    if (filters !== undefined) void navigate({ to: "/requests", search: filters });
  };
  const canPick = requestsOf(search, span) !== undefined;
  return (
    <Section title={title}>
      <StackedBars
        label={title}
        positions={series.periods}
        positionLabel={(period) => periodLabel(period, locale)}
        positionTitle={(period) => periodTitle(period, locale)}
        series={drawn}
        totals={series.total.values}
        format={formatOf(series.metric, locale)}
        tickLabel={tickOf(series.metric, locale)}
        height={280}
        onPick={canPick ? pick : undefined}
        pickHint={m.pick}
      />
    </Section>
  );
}
