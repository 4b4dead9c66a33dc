import { type ReactNode, useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { compare, minus } from "@/ui/decimals";
import { Money } from "@/ui/Money";
import { formatUsd } from "@/ui/money";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { UsageBar } from "@/ui/UsageBar";
import { RaiseDialog } from "../actions/RaiseDialog";
import type { KeyStanding, KeyView } from "../queries";
import { nearFrom } from "../states";
import type { BudgetStanding } from "../suggestions";
import { BurnDownChart } from "./BurnDownChart";

type BudgetCardProps = { shown: KeyView; budget: BudgetStanding; standing: KeyStanding };

/** One budget: what is used, held and left of it, what else belongs to it, and how it burns down. */
export function BudgetCard({ shown, budget, standing }: BudgetCardProps) {
  const messages = useMessages().keyPage;
  const m = messages.budgets;
  const { can } = useSession();
  const [isRaising, setIsRaising] = useState(false);
  return (
    <Section
      title={messages.windows[budget.window] ?? budget.window}
      hint={
        budget.resetsAt === null ? (
          m.neverResets
        ) : (
          <>
            {m.resets} <Time value={budget.resetsAt} /> (<Time value={budget.resetsAt} as="relative" />)
          </>
        )
      }
      actions={
        can("setBudget") && (
          <Button size="small" onClick={() => setIsRaising(true)}>
            {messages.actions.raise}
          </Button>
        )
      }
    >
      <UsageBar
        className="h-3"
        used={budget.used}
        held={budget.held}
        limit={budget.allowance}
        nearPercent={nearFrom(shown)}
      />
      <dl className="mt-2 grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-4">
        <Figure label={m.used} value={budget.used} />
        <Figure label={m.held} value={budget.held} />
        <Figure label={m.left} value={budget.remaining} />
        <Figure label={m.limit} value={budget.limit} />
      </dl>
      <ul className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
        {remarksOf(shown, budget, messages).map((remark) => (
          <li key={remark}>{remark}</li>
        ))}
      </ul>
      {shown.temporaryLimits
        .filter(({ window }) => window === budget.window)
        .map(({ until, fallsBackTo }) => (
          <p key={until} className="mt-2 text-warn">
            {m.raisedUntil} <Time value={until} /> (<Time value={until} as="relative" />)
            {m.fallsBack(formatUsd(fallsBackTo))}
          </p>
        ))}
      <p className="mt-2">{outlook(budget, standing, m)}</p>
      <BurnDownChart budget={budget} standing={standing} />
      {isRaising && <RaiseDialog keyId={shown.id} window={budget.window} onClose={() => setIsRaising(false)} />}
    </Section>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="text-lg font-semibold">
        <Money value={value} />
      </dd>
    </div>
  );
}

function remarksOf(shown: KeyView, budget: BudgetStanding, messages: ReturnType<typeof useMessages>["keyPage"]) {
  const m = messages.budgets;
  const carried = compare(budget.allowance, budget.limit);
  const isQuota = budget.resetsAt !== null;
  return [
    budget.enforcement === "hard" ? m.hard : m.soft,
    ...(carried > 0 ? [m.carried(formatUsd(minus(budget.allowance, budget.limit)))] : []),
    ...(carried < 0 ? [m.debt(formatUsd(minus(budget.limit, budget.allowance)))] : []),
    ...(compare(budget.packs, "0") > 0 ? [m.packs(formatUsd(budget.packs))] : []),
    ...(isQuota && shown.overage === "metered" && shown.billingMode === "hybrid"
      ? [m.metered(shown.overageLimit === null ? null : formatUsd(shown.overageLimit))]
      : []),
    ...(shown.requestsOpen > 0 ? [m.open(shown.requestsOpen)] : []),
  ];
}

/** How long it lasts, by what the API forecasts. */
function outlook(
  budget: BudgetStanding,
  standing: KeyStanding,
  m: ReturnType<typeof useMessages>["keyPage"]["budgets"],
): ReactNode {
  if (budget.exhausted) return m.usedUp;
  if (compare(budget.used, budget.allowance) >= 0) return m.usedUpButPasses;
  if (standing.pace === null || budget.forecast === null) return <span className="text-muted">{m.noPace}</span>;
  const pace = <span className="text-sm text-muted">{m.pace(formatUsd(standing.pace.costPerDay))}</span>;
  if (budget.forecast.exhaustedAt === null) {
    return (
      <>
        {budget.resetsAt === null ? m.lastsLong : m.lasts} {pace}
      </>
    );
  }
  return (
    <>
      {m.exhaustedAt}{" "}
      <strong>
        <Time value={budget.forecast.exhaustedAt} />
      </strong>{" "}
      (<Time value={budget.forecast.exhaustedAt} as="relative" />){m.exhaustedEnd} {pace}
    </>
  );
}
