import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { RankedBars } from "@/ui/charts/RankedBars";
import { StackedBars } from "@/ui/charts/StackedBars";
import { lastDays, periodLabel } from "@/ui/days";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, Skeleton, SkeletonRows } from "@/ui/Feedback";
import { Field, Select } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import { Section } from "@/ui/Page";
import { type Span, useCostsByDay, useCostsByModel } from "../queries";

const SPANS = [7, 30, 90];

/** What was spent, by day and by model, with the ways to the figures and to the requests behind it. */
export function SpendTab({ keyId, zone }: { keyId: string; zone: string }) {
  const m = useMessages().keyPage.spend;
  const [days, setDays] = useState(30);
  const [tree, setTree] = useState(true);
  const span: Span = { ...lastDays(days, zone, new Date()), tree };
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div className="flex flex-wrap gap-3">
          <Field label={m.span} className="w-36">
            <Select
              value={String(days)}
              onChange={(event) => setDays(Number(event.target.value))}
              options={SPANS.map((each) => [String(each), m.days(each)])}
            />
          </Field>
          <Field label={m.scope} className="w-52">
            <Select
              value={tree ? "tree" : "own"}
              onChange={(event) => setTree(event.target.value === "tree")}
              options={[
                ["tree", m.tree],
                ["own", m.own],
              ]}
            />
          </Field>
        </div>
        <div className="flex gap-4 text-sm">
          <Link to="/costs" search={{ keyId, ...span }} className="text-accent underline">
            {m.toCosts}
          </Link>
          <Link to="/requests" search={{ keyId, from: span.from, to: span.to }} className="text-accent underline">
            {m.toRequests}
          </Link>
          <Link to="/costs/bills" search={{ keyId }} className="text-accent underline">
            {m.toBill}
          </Link>
        </div>
      </div>
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <ByDay keyId={keyId} span={span} zone={zone} />
        <ByModel keyId={keyId} span={span} />
      </div>
    </div>
  );
}

function ByDay({ keyId, span, zone }: { keyId: string; span: Span; zone: string }) {
  const m = useMessages().keyPage.spend;
  const locale = useLocale();
  const { data, error, refetch } = useCostsByDay(keyId, span);
  const rows = (data ?? []).toSorted((a, b) => a.date.localeCompare(b.date));
  return (
    <Section title={m.byDay} hint={m.byDayHint(zone)}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton className="h-56 w-full" />}
      {data !== undefined && rows.length === 0 && <Empty title={m.none} hint={m.noneHint} />}
      {rows.length > 0 && (
        <StackedBars
          label={m.byDay}
          positions={rows.map(({ date }) => date)}
          positionLabel={(day) => periodLabel(day, locale)}
          series={[{ id: "cost", label: m.cost, values: rows.map(({ cost }) => cost) }]}
          format={formatUsd}
        />
      )}
    </Section>
  );
}

function ByModel({ keyId, span }: { keyId: string; span: Span }) {
  const m = useMessages().keyPage.spend;
  const { data, error, refetch } = useCostsByModel(keyId, span);
  return (
    <Section title={m.byModel}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <SkeletonRows rows={5} />}
      {data !== undefined && (
        <RankedBars
          label={m.byModel}
          rows={data.map(({ model, cost }) => ({ id: model, label: model, value: cost }))}
          format={formatUsd}
        />
      )}
    </Section>
  );
}
