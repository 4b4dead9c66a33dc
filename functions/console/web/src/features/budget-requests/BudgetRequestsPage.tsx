import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/app/session";
import { keyQuery } from "@/features/key-settings/queries";
import { useMessages } from "@/messages";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Page } from "@/ui/Page";
import { Tabs } from "@/ui/Tabs";
import { ApproveDialog } from "./ApproveDialog";
import { CsvButton } from "./CsvButton";
import { DenyDialog } from "./DenyDialog";
import { type Filter, STATES } from "./filter";
import { type BudgetRequest, useBudgetRequests } from "./queries";
import { RequestCard } from "./RequestCard";

export function BudgetRequestsPage() {
  const m = useMessages();
  const filter = useSearch({ strict: false }) as Filter;
  const navigate = useNavigate();
  const show = (wanted: Filter) => void navigate({ to: "/budget-requests", search: wanted, replace: true });
  return (
    <Page
      title={m.app.pages.budgetRequests}
      subtitle={m.budgetRequests.subtitle}
      actions={<CsvButton filter={filter} />}
    >
      {filter.keyId !== undefined && <OfKey id={filter.keyId} onClear={() => show({ ...filter, keyId: undefined })} />}
      <Tabs
        label={m.budgetRequests.state}
        value={filter.state ?? "pending"}
        onChange={(state) => show({ ...filter, state })}
        tabs={STATES.map((state) => ({
          id: state,
          label: m.budgetRequests.states[state],
          content: () => <Requests filter={{ ...filter, state }} />,
        }))}
      />
    </Page>
  );
}

function OfKey({ id, onClear }: { id: string; onClear: () => void }) {
  const m = useMessages().budgetRequests;
  const { data } = useQuery(keyQuery(id));
  return (
    <p className="flex items-center gap-2 text-sm">
      <span className="min-w-0 break-words">
        {m.ofKey}{" "}
        <Link to="/keys/$keyId" params={{ keyId: id }} className="text-accent underline">
          {data?.name ?? id}
        </Link>
      </span>
      <button type="button" className="inline-flex items-center gap-1 text-muted hover:text-ink" onClick={onClear}>
        <X size={14} aria-hidden /> {m.allKeys}
      </button>
    </p>
  );
}

function Requests({ filter }: { filter: Filter }) {
  const m = useMessages().budgetRequests;
  const { can } = useSession();
  const requests = useBudgetRequests(filter);
  const [approving, setApproving] = useState<BudgetRequest | null>(null);
  const [denying, setDenying] = useState<BudgetRequest | null>(null);
  const mayDecide = can("approveBudgetRequest") && can("denyBudgetRequest");
  const isOfPending = filter.state === "pending";

  if (requests.error !== null) return <ErrorNote error={requests.error} onRetry={() => void requests.refetch()} />;
  if (requests.isPending) return <SkeletonRows rows={6} />;
  return (
    <>
      {requests.items.length === 0 && !requests.hasMore && (
        <Empty title={isOfPending ? m.emptyPending : m.empty} hint={isOfPending ? m.emptyPendingHint : undefined} />
      )}
      <ul className="space-y-3">
        {requests.items.map((request) => (
          <li key={request.id}>
            <RequestCard
              request={request}
              onApprove={mayDecide ? () => setApproving(request) : undefined}
              onDeny={mayDecide ? () => setDenying(request) : undefined}
            />
          </li>
        ))}
      </ul>
      <LoadMore hasMore={requests.hasMore} isLoading={requests.isFetchingNextPage} onMore={requests.fetchMore} />
      {approving !== null && <ApproveDialog request={approving} onClose={() => setApproving(null)} />}
      {denying !== null && <DenyDialog request={denying} onClose={() => setDenying(null)} />}
    </>
  );
}
