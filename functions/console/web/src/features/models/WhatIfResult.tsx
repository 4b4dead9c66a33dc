import { useState } from "react";
import { ApiError } from "@/api/errors";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { GroupedBars } from "@/ui/charts/GroupedBars";
import { cx } from "@/ui/cx";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { Select } from "@/ui/Field";
import { Count, Money } from "@/ui/Money";
import { formatUsd } from "@/ui/money";
import { Figure } from "@/ui/Page";

import { useWhatIf, type WhatIfQuestion } from "./queries";
import { byDay, byModel, percentOf, type WhatIfAnswer } from "./whatIfChart";

/** What the question's requests cost and would have cost, in figures and as a chart. */
export function WhatIfResult({ question }: { question: WhatIfQuestion }) {
  const m = useMessages().models.whatIf;
  const { data, error, isPending, refetch } = useWhatIf(question);
  if (isPending) return <Skeleton className="h-72 w-full" />;
  if (error !== null) {
    if (error instanceof ApiError && error.of("from") !== undefined) return <p role="alert">{m.tooMany}</p>;
    return <ErrorNote error={error} onRetry={() => void refetch()} />;
  }
  if (data.requests === 0) return <p className="py-6 text-center text-muted">{m.none}</p>;
  return <Answer answer={data} />;
}

function Answer({ answer }: { answer: WhatIfAnswer }) {
  const m = useMessages().models.whatIf;
  const locale = useLocale();
  const [axis, setAxis] = useState<"day" | "model">("day");
  const bars = axis === "day" ? byDay(answer) : byModel(answer);
  const percent = percentOf(answer);
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  return (
    <div className="space-y-4">
      <div className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
        <Figure label={m.charged} value={<Money value={answer.cost} />} />
        <Figure label={m.would} value={<Money value={answer.whatIfCost} />} />
        <Figure
          label={m.difference}
          value={
            <span
              className={cx(
                answer.difference.startsWith("-") ? "text-good" : Number(answer.difference) > 0 && "text-bad",
              )}
            >
              {Number(answer.difference) > 0 && "+"}
              <Money value={answer.difference} />
            </span>
          }
          note={percent === null ? undefined : m.percent(percent)}
        />
        <Figure label={m.requests} value={<Count value={answer.requests} />} />
      </div>
      {answer.models.length > 1 && (
        <Select
          aria-label={m.by}
          className="max-w-40"
          value={axis}
          onChange={(event) => setAxis(event.target.value === "model" ? "model" : "day")}
          options={[
            ["day", m.byDay],
            ["model", m.byModel],
          ]}
        />
      )}
      <GroupedBars
        label={m.chart}
        positions={bars.positions}
        positionLabel={(position) => (axis === "day" ? day.format(new Date(position)) : position)}
        format={formatUsd}
        series={[
          { id: "charged", label: m.charged, values: bars.charged },
          { id: "would", label: m.would, values: bars.would },
        ]}
      />
    </div>
  );
}
