import type { UseQueryResult } from "@tanstack/react-query";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { RankedBars } from "@/ui/charts/RankedBars";
import { StackedBars } from "@/ui/charts/StackedBars";
import { periodLabel } from "@/ui/days";
import { Empty } from "@/ui/Feedback";
import { Select } from "@/ui/Field";
import { Count, Money } from "@/ui/Money";
import { formatUsd } from "@/ui/money";
import { Figure, Section } from "@/ui/Page";
import { BudgetCard } from "./BudgetCard";
import { OwnPacks } from "./OwnPacks";
import type { Usage } from "./queries";
import { RateLimits } from "./RateLimits";
import { holderRoute } from "./routes";

type SpendingTabProps = { usage: UseQueryResult<Usage>; days: number; onAsk: () => void };

/** How the key's budgets stand, and what was spent by day and model. */
export function SpendingTab({ usage: { data }, days, onAsk }: SpendingTabProps) {
  const m = useMessages().holder;
  if (data === undefined) return null;
  return (
    <div className="space-y-5">
      {data.budgets.length === 0 ? (
        <Section>
          <Empty title={m.budgets.none} hint={m.budgets.noneHint} />
        </Section>
      ) : (
        <div className="grid items-start gap-4 xl:grid-cols-2">
          {data.budgets.map((budget) => (
            <BudgetCard key={budget.window} budget={budget} usage={data} onAsk={onAsk} />
          ))}
        </div>
      )}
      <Spending usage={data} days={days} />
      <div className="grid gap-4 xl:grid-cols-2">
        <OwnPacks />
        <RateLimits rates={data.rateLimits} />
      </div>
    </div>
  );
}

function Spending({ usage, days }: { usage: Usage; days: number }) {
  const m = useMessages().holder.spending;
  const navigate = holderRoute.useNavigate();
  const locale = useLocale();
  return (
    <Section
      title={m.title}
      hint={m.hint(usage.zone)}
      actions={
        <div className="w-40">
          <Select
            aria-label={m.span}
            value={String(days)}
            onChange={({ target: { value } }) =>
              void navigate({ search: { days: value === "7" ? 7 : value === "90" ? 90 : undefined }, replace: true })
            }
            options={[7, 30, 90].map((each) => [String(each), m.days(each)] as const)}
          />
        </div>
      }
    >
      {usage.totals.requests === 0 ? (
        <Empty title={m.none} hint={m.noneHint} />
      ) : (
        <div className="space-y-5">
          <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
            <Figure label={m.cost} value={<Money value={usage.totals.cost} />} />
            <Figure label={m.requests} value={<Count value={usage.totals.requests} />} />
            <Figure label={m.failed} value={<Count value={usage.totals.failed} />} />
            <Figure label={m.tokens} value={<Count value={usage.totals.totalTokens} />} />
          </div>
          <div className="grid gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
            <StackedBars
              label={m.byDay}
              positions={usage.byDay.map(({ date }) => date)}
              positionLabel={(day) => periodLabel(day, locale)}
              series={[{ id: "cost", label: m.cost, values: usage.byDay.map(({ cost }) => cost) }]}
              format={formatUsd}
            />
            <div>
              <h3 className="mb-2 text-sm font-medium text-muted">{m.byModel}</h3>
              <RankedBars
                label={m.byModel}
                rows={usage.byModel.map(({ model, cost }) => ({ id: model, label: model, value: cost }))}
                format={formatUsd}
              />
            </div>
          </div>
        </div>
      )}
    </Section>
  );
}
