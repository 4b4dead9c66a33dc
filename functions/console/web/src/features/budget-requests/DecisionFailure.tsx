import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { ErrorNote } from "@/ui/ErrorNote";
import { Time } from "@/ui/Time";
import { type BudgetRequest, getRequest, useDecided } from "./queries";

/** Why a decision could not be made: somebody else has made one, or the API's own reason. */
export function DecisionFailure({ request, error }: { request: BudgetRequest; error: unknown }) {
  const m = useMessages().budgetRequests;
  const decided = useDecided();
  const isConflict = error instanceof ApiError && error.status === 409;
  const now = useQuery({
    queryKey: ["budget-request", request.id, error],
    queryFn: () => getRequest(request.id),
    enabled: isConflict,
  });
  const isOver = now.data !== undefined && now.data.state !== "pending";
  useEffect(() => {
    if (isOver) decided();
  }, [isOver, decided]);

  if (now.data === undefined || !isOver) return <ErrorNote error={error} />;
  const { decision, state } = now.data;
  return (
    <p role="alert" className="rounded border border-warn/40 bg-warn-soft px-3 py-2.5">
      {decision === null ? (
        m.alreadyOver(m.states[state])
      ) : (
        <>
          {m.alreadyDecided(m.states[state], decision.byName)} <Time value={decision.at} />
        </>
      )}
    </p>
  );
}
