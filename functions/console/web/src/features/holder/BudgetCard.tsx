import { Ban, HandCoins } from "lucide-react";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Lines } from "@/ui/charts/Lines";
import { periodLabel } from "@/ui/days";
import { Money } from "@/ui/Money";
import { formatUsd, toNumber } from "@/ui/money";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { UsageBar } from "@/ui/UsageBar";
import { burnDown } from "./burnDown";
import type { Budget, Usage } from "./queries";

type BudgetCardProps = { budget: Budget; usage: Usage; onAsk: () => void };

/** One of the key's budgets: what is left of it, until when it lasts, and the way to a higher one. */
export function BudgetCard({ budget, usage, onAsk }: BudgetCardProps) {
  const m = useMessages().holder;
  const locale = useLocale();
  const burning = burnDown(budget, usage.byDay, usage.pace?.costPerDay ?? null, usage.to);
  return (
    <Section
      title={m.windows[budget.window] ?? budget.window}
      hint={<Outlook budget={budget} />}
      actions={
        <Button size="small" icon={HandCoins} onClick={onAsk}>
          {m.asking.open}
        </Button>
      }
    >
      <div className="space-y-3">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="text-2xl font-semibold">
            <Money value={budget.remaining} />{" "}
            <span className="text-base font-normal text-muted">{m.budgets.left}</span>
          </span>
          {budget.exhausted && (
            <Badge tone={budget.enforcement === "hard" ? "bad" : "warn"} icon={Ban}>
              {budget.enforcement === "hard" ? m.budgets.blocks : m.budgets.exceeded}
            </Badge>
          )}
        </div>
        <UsageBar used={budget.used} held={budget.held} limit={budget.allowance} className="h-3" />
        <dl className="grid grid-cols-2 gap-x-4 gap-y-1 text-sm sm:grid-cols-4">
          <Amount label={m.budgets.used} value={budget.used} />
          <Amount label={m.budgets.held} value={budget.held} />
          <Amount label={m.budgets.limit} value={budget.limit} />
          {budget.allowance !== budget.limit && <Amount label={m.budgets.allowance} value={budget.allowance} />}
          {toNumber(budget.packs) > 0 && <Amount label={m.budgets.packs} value={budget.packs} />}
        </dl>
        {burning !== null && (
          <Lines
            label={m.budgets.burnDown}
            height={150}
            positions={burning.days}
            positionLabel={(day) => periodLabel(day, locale)}
            format={formatUsd}
            series={[
              { id: "left", label: m.budgets.leftLine, values: burning.left },
              { id: "expected", label: m.budgets.expectedLine, values: burning.expected, isDashed: true },
            ]}
          />
        )}
      </div>
    </Section>
  );
}

/** Until when it lasts, as the API foresees it. */
function Outlook({ budget: { resetsAt, forecast, exhausted } }: { budget: Budget }) {
  const m = useMessages().holder.budgets;
  const exhaustedAt = exhausted ? null : (forecast?.exhaustedAt ?? null);
  return (
    <>
      {exhaustedAt !== null && (
        <span className="font-medium text-warn">
          {m.lastsUntil} <Time value={exhaustedAt} as="date" />
          {" · "}
        </span>
      )}
      {resetsAt === null ? (
        m.never
      ) : (
        <>
          {m.resets} <Time value={resetsAt} as="relative" /> (<Time value={resetsAt} />)
        </>
      )}
    </>
  );
}

function Amount({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt className="text-muted">{label}</dt>
      <dd>
        <Money value={value} />
      </dd>
    </div>
  );
}
