import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, Ban, Check, Clock, type LucideIcon, Undo2, X } from "lucide-react";
import { keyQuery } from "@/features/key-settings/queries";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Money } from "@/ui/Money";
import { formatUsd } from "@/ui/money";
import { Time } from "@/ui/Time";
import { UsageBar } from "@/ui/UsageBar";
import type { State } from "./filter";
import type { BudgetRequest } from "./queries";

type RequestCardProps = { request: BudgetRequest; onApprove?: () => void; onDeny?: () => void };

const STATE_BADGES: Record<State, { tone: Tone; icon: LucideIcon }> = {
  pending: { tone: "accent", icon: Clock },
  approved: { tone: "good", icon: Check },
  denied: { tone: "bad", icon: Ban },
  withdrawn: { tone: "neutral", icon: Undo2 },
  expired: { tone: "neutral", icon: X },
};

/** What is asked for and why, how the budget stands now, and what was decided, or the way to decide it. */
export function RequestCard({ request, onApprove, onDeny }: RequestCardProps) {
  const m = useMessages().budgetRequests;
  const isPending = request.state === "pending";
  return (
    <article className="grid gap-x-6 gap-y-3 rounded-lg border border-line bg-surface p-4 md:grid-cols-[minmax(0,1fr)_17rem]">
      <div className="min-w-0 space-y-1">
        <h2 className="flex flex-wrap items-center gap-2 font-semibold">
          <Link
            to="/keys/$keyId"
            params={{ keyId: request.keyId }}
            className="min-w-0 break-words text-accent underline"
          >
            {request.keyName ?? request.keyId}
          </Link>
          <Badge {...STATE_BADGES[request.state]}>{m.states[request.state]}</Badge>
        </h2>
        <p className="flex flex-wrap items-center gap-x-1.5 text-lg">
          <Money value={request.limitWhenAsked} className="text-muted" />
          <ArrowRight size={15} role="img" aria-label={m.to} className="text-muted" />
          <Money value={request.limit} className="font-semibold" />
          <span className="text-sm text-muted">{m.windows[request.window]}</span>
        </p>
        <blockquote className="border-l-2 border-line pl-2 break-words">{request.reason}</blockquote>
        <p className="text-sm text-muted">
          <Asker request={request} /> · <Time value={request.askedAt} as="relative" /> ·{" "}
          {request.until === null ? (
            m.forGood
          ) : (
            <>
              {m.until} <Time value={request.until} />
            </>
          )}
          {isPending && (
            <>
              {" · "}
              {m.expires} <Time value={request.expiresAt} as="relative" />
            </>
          )}
        </p>
        {request.decision !== null && <Decision decision={request.decision} />}
      </div>
      <div className="space-y-3">
        <Standing budget={request.budget} />
        {isPending && onApprove !== undefined && onDeny !== undefined && (
          <div className="flex gap-2">
            <Button kind="primary" icon={Check} onClick={onApprove}>
              {m.approve}
            </Button>
            <Button onClick={onDeny}>{m.deny}</Button>
          </div>
        )}
      </div>
    </article>
  );
}

function Asker({ request }: { request: BudgetRequest }) {
  const m = useMessages().budgetRequests;
  const isOther = request.askedBy !== request.keyId;
  const { data } = useQuery({ ...keyQuery(request.askedBy), enabled: isOther });
  return isOther ? m.askedBy(data?.name ?? request.askedBy) : m.askedByHolder;
}

function Decision({ decision }: { decision: NonNullable<BudgetRequest["decision"]> }) {
  const m = useMessages().budgetRequests;
  return (
    <div className="rounded bg-sunken px-3 py-2 text-sm">
      <p>
        {m.decidedBy(decision.byName)} · <Time value={decision.at} />
        {decision.limit !== null && (
          <>
            {" · "}
            <Money value={decision.limit} className="font-semibold" />{" "}
            {decision.until === null ? (
              m.forGood
            ) : (
              <>
                {m.until} <Time value={decision.until} />
              </>
            )}
          </>
        )}
      </p>
      {decision.note !== null && <p className="break-words text-muted">{m.quoted(decision.note)}</p>}
    </div>
  );
}

function Standing({ budget }: { budget: BudgetRequest["budget"] }) {
  const m = useMessages().budgetRequests;
  if (budget === null) return <p className="text-sm text-muted">{m.noSuchLimit}</p>;
  return (
    <div className="min-w-0 space-y-1 text-sm">
      <UsageBar used={budget.used} held={budget.held} limit={budget.allowance} />
      <p title={`${budget.used} / ${budget.allowance} USD`}>
        {m.usedOf(formatUsd(budget.used), formatUsd(budget.allowance))}
      </p>
      <p className="text-muted">
        <span title={`${budget.remaining} USD`}>{m.left(formatUsd(budget.remaining))}</span>
        {budget.resetsAt !== null && (
          <>
            {" · "}
            {m.resets} <Time value={budget.resetsAt} as="relative" />
          </>
        )}
      </p>
    </div>
  );
}
