import { HandCoins } from "lucide-react";
import { useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Section } from "@/ui/Page";
import { AskDialog } from "./AskDialog";
import { ApproveDialog, DenyDialog } from "./DecisionDialogs";
import { type Budget, type OwnRequest, useRequests, useWithdrawal } from "./queries";
import { RequestCard } from "./RequestCard";

type HigherLimitsProps = { budgets: Budget[] | undefined; canDecide: boolean };

/** What the holder has asked for, and what the keys below ask of the holder. */
export function HigherLimits({ budgets, canDecide }: HigherLimitsProps) {
  return (
    <div className="space-y-5">
      <OwnRequests budgets={budgets ?? []} />
      {canDecide && <RequestsBelow />}
    </div>
  );
}

function OwnRequests({ budgets }: { budgets: Budget[] }) {
  const m = useMessages().holder.asking;
  const requests = useRequests("own");
  const withdrawal = useWithdrawal();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <Section
      title={m.own}
      hint={budgets.length === 0 ? m.noBudget : m.ownHint}
      actions={
        budgets.length > 0 && (
          <Button kind="primary" icon={HandCoins} onClick={() => setIsAsking(true)}>
            {m.open}
          </Button>
        )
      }
    >
      {withdrawal.error !== null && <ErrorNote error={withdrawal.error} />}
      <RequestList
        requests={requests}
        empty={<Empty title={m.none} hint={m.noneHint} />}
        actionsOf={(request) =>
          request.state === "pending" && (
            <Button
              size="small"
              isBusy={withdrawal.isPending && withdrawal.variables === request.id}
              onClick={() => withdrawal.mutate(request.id)}
            >
              {m.withdraw}
            </Button>
          )
        }
      />
      {isAsking && <AskDialog budgets={budgets} onClose={() => setIsAsking(false)} />}
    </Section>
  );
}

function RequestsBelow() {
  const m = useMessages().holder.asking;
  const requests = useRequests("below");
  const [decision, setDecision] = useState<{ kind: "approve" | "deny"; request: OwnRequest } | null>(null);
  const close = () => setDecision(null);
  return (
    <Section title={m.below} hint={m.belowHint}>
      <RequestList
        requests={requests}
        empty={<Empty title={m.noneBelow} />}
        actionsOf={(request) =>
          request.state === "pending" && (
            <>
              <Button size="small" kind="primary" onClick={() => setDecision({ kind: "approve", request })}>
                {m.approve}
              </Button>
              <Button size="small" onClick={() => setDecision({ kind: "deny", request })}>
                {m.deny}
              </Button>
            </>
          )
        }
      />
      {decision?.kind === "approve" && <ApproveDialog request={decision.request} onClose={close} />}
      {decision?.kind === "deny" && <DenyDialog request={decision.request} onClose={close} />}
    </Section>
  );
}

type RequestListProps = {
  requests: ReturnType<typeof useRequests>;
  empty: React.ReactNode;
  actionsOf: (request: OwnRequest) => React.ReactNode;
};

function RequestList({ requests, empty, actionsOf }: RequestListProps) {
  if (requests.error !== null) return <ErrorNote error={requests.error} onRetry={() => void requests.refetch()} />;
  if (requests.isPending) return <SkeletonRows rows={2} />;
  if (requests.items.length === 0 && !requests.hasMore) return <>{empty}</>;
  return (
    <>
      <ul className="divide-y divide-line">
        {requests.items.map((request) => (
          <li key={request.id} className="py-3 first:pt-0 last:pb-0">
            <RequestCard request={request} actions={actionsOf(request)} />
          </li>
        ))}
      </ul>
      <LoadMore hasMore={requests.hasMore} isLoading={requests.isFetchingNextPage} onMore={requests.fetchMore} />
    </>
  );
}
