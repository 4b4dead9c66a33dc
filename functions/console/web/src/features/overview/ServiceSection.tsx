import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { Lines } from "@/ui/charts/Lines";
import { StackedBars } from "@/ui/charts/StackedBars";
import { periodLabel, periodTitle } from "@/ui/days";
import { Skeleton } from "@/ui/Feedback";
import { Count } from "@/ui/Money";
import { Figure, Section } from "@/ui/Page";
import { sharePercent } from "./percent";

const MS = 1000;

/** What failed, and how long answers took, this month. */
export function ServiceSection({ month }: { month?: Schemas["Overview"] }) {
  const m = useMessages().overview.service;
  const locale = useLocale();
  const days = useMemo(() => month?.byDay.map(({ date }) => date) ?? [], [month]);
  const errors = useMemo(
    () => [
      {
        id: "failed",
        tone: "bad" as const,
        label: m.failed,
        values: month?.byDay.map(({ failed }) => String(failed)) ?? [],
      },
      {
        id: "abandoned",
        tone: "warn" as const,
        label: m.abandoned,
        values: month?.byDay.map(({ abandoned }) => String(abandoned)) ?? [],
      },
    ],
    [month, m],
  );
  const latency = useMemo(
    () => [
      { id: "p50", label: m.p50Line, values: month?.byDay.map(({ latencyMs }) => String(latencyMs.p50 ?? "")) ?? [] },
      { id: "p95", label: m.p95Line, values: month?.byDay.map(({ latencyMs }) => String(latencyMs.p95 ?? "")) ?? [] },
    ],
    [month, m],
  );
  if (month === undefined) return <Skeleton className="h-80 w-full rounded-lg" />;
  const { totals } = month;
  const seconds = (ms: string) =>
    m.seconds(new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(Number(ms) / MS));
  const shown = (ms: number | null) => (ms === null ? "–" : seconds(String(ms)));
  const count = (value: string) => new Intl.NumberFormat(locale).format(Number(value));
  const axis = {
    positions: days,
    positionLabel: (day: string) => periodLabel(day, locale),
    positionTitle: (day: string) => periodTitle(day, locale),
    height: 180,
  };
  return (
    <Section
      title={m.title}
      actions={
        <Link
          to="/requests"
          search={{ from: month.from, to: month.to, outcome: "failed" }}
          className="text-sm text-accent underline"
        >
          {m.show}
        </Link>
      }
    >
      <div className="mb-4 grid grid-cols-2 gap-x-6 gap-y-4 lg:grid-cols-4">
        <Figure
          label={m.failed}
          value={<Count value={totals.failed} />}
          note={m.errorRate(sharePercent(totals.failed, totals.requests, locale))}
        />
        <Figure
          label={m.abandoned}
          value={<Count value={totals.abandoned} />}
          note={m.errorRate(sharePercent(totals.abandoned, totals.requests, locale))}
        />
        <Figure label={m.median} value={shown(totals.latencyMs.p50)} note={m.latencyHint} />
        <Figure label={m.p95} value={shown(totals.latencyMs.p95)} note={m.latencyHint} />
      </div>
      <div className="grid gap-6 lg:grid-cols-2">
        <div className="min-w-0">
          <h3 className="mb-1 text-sm font-medium">{m.errors}</h3>
          <StackedBars label={m.errors} series={errors} format={count} {...axis} />
        </div>
        <div className="min-w-0">
          <h3 className="mb-1 text-sm font-medium">{m.latency}</h3>
          <Lines label={m.latency} series={latency} format={seconds} {...axis} />
        </div>
      </div>
    </Section>
  );
}
