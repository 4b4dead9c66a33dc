import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { useLocale } from "@/app/preferences";
import { formatOf, tickOf } from "@/features/costs/figures";
import { useMessages } from "@/messages";
import { StackedBars } from "@/ui/charts/StackedBars";
import { addDays, periodLabel, periodTitle } from "@/ui/days";
import { Skeleton } from "@/ui/Feedback";
import { Section } from "@/ui/Page";

type DaysSectionProps = { outlook?: Schemas["Outlook"]; month?: Schemas["Overview"] };

/** The month's spending by day, with room for the days to come; a day leads to its requests. */
export function DaysSection({ outlook, month }: DaysSectionProps) {
  const m = useMessages();
  const locale = useLocale();
  const navigate = useNavigate();
  const days = useMemo(
    () => (month === undefined || outlook === undefined ? [] : daysUntil(month.from, outlook.lastDay)),
    [month, outlook],
  );
  const series = useMemo(
    () => [{ id: "cost", label: m.overview.days.cost, values: month?.byDay.map(({ cost }) => cost) ?? [] }],
    [month, m],
  );
  return (
    <Section
      title={m.overview.days.title}
      actions={
        <Link to="/costs" className="text-sm text-accent underline">
          {m.overview.days.explore}
        </Link>
      }
    >
      {month === undefined ? (
        <Skeleton className="h-80 w-full" />
      ) : (
        <StackedBars
          label={m.overview.days.title}
          positions={days}
          positionLabel={(day) => periodLabel(day, locale)}
          positionTitle={(day) => periodTitle(day, locale)}
          series={series}
          format={formatOf("cost", locale)}
          tickLabel={tickOf("cost", locale)}
          height={320}
          onPick={(day) => void navigate({ to: "/requests", search: { from: day, to: day } })}
          pickHint={m.costs.pick}
        />
      )}
    </Section>
  );
}

function daysUntil(first: string, last: string): string[] {
  const days = [first];
  while (days.length < 31 && (days.at(-1) ?? last) < last) days.push(addDays(days.at(-1) ?? first, 1));
  return days;
}
