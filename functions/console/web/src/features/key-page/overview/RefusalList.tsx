import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { formatUsd } from "@/ui/money";
import { Time } from "@/ui/Time";
import { MendDialog } from "../actions/MendDialog";
import { RaiseDialog } from "../actions/RaiseDialog";
import type { KeyStanding } from "../queries";
import { type Refusal, type Remedy, remedyOf } from "../states";

type RefusalListProps = { keyId: string; refusals: Refusal[]; standing: KeyStanding };

/** What refuses calls, from the key up, each with what mends it, be it this key or one above. */
export function RefusalList({ keyId, refusals, standing }: RefusalListProps) {
  const [mended, setMended] = useState<{ refusal: Refusal; remedy: Remedy } | null>(null);
  return (
    <>
      <ol className="mt-2 divide-y divide-bad/20">
        {refusals.map((refusal) => (
          <RefusalRow
            key={`${refusal.keyId} ${refusal.reason}`}
            refusal={refusal}
            isOwn={refusal.keyId === keyId}
            standing={standing}
            onMend={(remedy) => setMended({ refusal, remedy })}
          />
        ))}
      </ol>
      {mended?.remedy === "raise" && (
        <RaiseDialog keyId={mended.refusal.keyId} window={mended.refusal.window} onClose={() => setMended(null)} />
      )}
      {(mended?.remedy === "reinstate" || mended?.remedy === "unexpire") && (
        <MendDialog keyId={mended.refusal.keyId} remedy={mended.remedy} onClose={() => setMended(null)} />
      )}
    </>
  );
}

type RefusalRowProps = {
  refusal: Refusal;
  isOwn: boolean;
  standing: KeyStanding;
  onMend: (remedy: Remedy) => void;
};

function RefusalRow({ refusal, isOwn, standing, onMend }: RefusalRowProps) {
  const m = useMessages().keyPage.refusals;
  const remedy = remedyOf(refusal);
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 py-2.5">
      <div className="min-w-0 flex-1 basis-72">
        <p className="font-medium break-words">
          {isOwn ? (
            m.own
          ) : (
            <Link to="/keys/$keyId" params={{ keyId: refusal.keyId }} className="underline">
              {refusal.name}
            </Link>
          )}
          {!isOwn && <span className="font-normal text-muted"> · {m.above}</span>}
        </p>
        <p>{useReason(refusal, standing)}</p>
        <p className="text-sm text-muted">
          {refusal.since !== null && (
            <>
              {m.since} <Time value={refusal.since} /> (<Time value={refusal.since} as="relative" />) ·{" "}
            </>
          )}
          {refusal.byOpenRequests ? (
            m.byRequests
          ) : refusal.until === null ? (
            m.noEnd
          ) : (
            <>
              {m.until} <Time value={refusal.until} /> (<Time value={refusal.until} as="relative" />)
            </>
          )}
        </p>
        <details className="mt-1 text-sm">
          <summary className="text-muted">{m.asTold}</summary>
          <p className="mt-1 break-words">
            <code>{refusal.reason}</code> {refusal.message}
          </p>
        </details>
      </div>
      <RemedyButton remedy={remedy} refusal={refusal} isOwn={isOwn} onMend={onMend} />
    </li>
  );
}

function RemedyButton({ remedy, refusal, isOwn, onMend }: Omit<RefusalRowProps, "standing"> & { remedy: Remedy }) {
  const m = useMessages().keyPage.refusals.remedies;
  const { can } = useSession();
  const needed = { raise: "setBudget", reinstate: "reinstateKey", unexpire: "updateKey" } as const;
  if (remedy === "raise" || remedy === "reinstate" || remedy === "unexpire") {
    if (!can(needed[remedy])) return null;
    return (
      <Button kind="primary" onClick={() => onMend(remedy)}>
        {m[remedy]}
      </Button>
    );
  }
  return isOwn ? null : (
    <Link to="/keys/$keyId" params={{ keyId: refusal.keyId }} className="text-sm underline">
      {m.open}
    </Link>
  );
}

/** Why, in the viewer's language; reasons without words of their own in those that callers get. */
function useReason({ keyId, reason, window, message }: Refusal, standing: KeyStanding): string {
  const m = useMessages().keyPage.refusals.reasons;
  const budgets =
    keyId === standing.keyId ? standing.budgets : (standing.above.find((each) => each.keyId === keyId)?.budgets ?? []);
  const budget = budgets.find((each) => each.window === window);
  switch (reason) {
    case "budget_exhausted":
    case "quota_exhausted":
    case "parent_budget_exhausted":
      return budget === undefined
        ? message
        : m.exhausted(budget.window, formatUsd(budget.used), formatUsd(budget.allowance));
    case "budget_reserved":
      return m.reserved(window ?? "total");
    case "request_exceeds_budget":
      return m.tooLarge(window ?? "total");
    case "key_revoked":
      return m.revoked;
    case "key_expired":
      return m.expired;
    case "budget_held":
      return m.held;
    case "rate_limit_exceeded":
      return m.rate;
    case "too_many_parallel_requests":
      return m.parallel;
    case "model_not_allowed":
      return m.model;
    default:
      return message;
  }
}
