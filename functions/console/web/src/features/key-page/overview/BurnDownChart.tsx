import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { Lines } from "@/ui/charts/Lines";
import { periodLabel } from "@/ui/days";
import { formatUsd } from "@/ui/money";
import { burnDown } from "../projection";
import type { KeyStanding } from "../queries";
import type { BudgetStanding } from "../suggestions";

/** What is left of a budget, day by day, and what will be at the present pace. */
export function BurnDownChart({ budget, standing }: { budget: BudgetStanding; standing: KeyStanding }) {
  const m = useMessages().keyPage.budgets;
  const locale = useLocale();
  const shown = burnDown(budget, standing.pace?.costPerDay ?? null, new Date(standing.at), standing.zone);
  if (shown === null) return null;
  const projected =
    shown.projected.length === 0
      ? []
      : [{ id: "projected", label: m.projectedLine, values: shown.projected, isDashed: true }];
  return (
    <div className="mt-4">
      <Lines
        label={m.chart(budget.window)}
        positions={shown.days}
        positionLabel={(day) => periodLabel(day, locale)}
        series={[{ id: "left", label: m.leftLine, values: shown.left }, ...projected]}
        format={(value) => (value === "" ? "–" : formatUsd(value))}
      />
      <p className="text-xs text-muted">{m.chartHint(standing.zone)}</p>
    </div>
  );
}
