import { Link, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { formatUsd } from "@/ui/money";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { UsageBar } from "@/ui/UsageBar";
import { type KeyView, useChildren } from "../queries";

const TONES: Record<Schemas["BudgetState"], Tone> = {
  unlimited: "neutral",
  fine: "good",
  near: "warn",
  exhausted: "bad",
};

/** The keys right below, page by page; each leads to its own. */
export function ChildrenTab({ shown }: { shown: KeyView }) {
  const m = useMessages().keyPage.children;
  const { can } = useSession();
  const navigate = useNavigate();
  const { items, error, isPending, refetch, hasMore, isFetchingNextPage, fetchMore } = useChildren(shown.id);
  const columns: Column<KeyView>[] = [
    {
      id: "name",
      header: m.name,
      cell: ({ id, name }) => (
        <Link to="/keys/$keyId" params={{ keyId: id }} className="font-medium break-words hover:underline">
          {name}
        </Link>
      ),
    },
    { id: "state", header: m.state, cell: (child) => <ChildState child={child} /> },
    {
      id: "budget",
      header: m.budget,
      hideBelow: "md",
      cell: ({ budgetUsed, budgetHeld, budgetLimit }) => (
        <Limit used={budgetUsed} held={budgetHeld} limit={budgetLimit} />
      ),
    },
    {
      id: "quota",
      header: m.quota,
      cell: ({ quotaUsed, quotaHeld, quotaAllowance }) => (
        <Limit used={quotaUsed ?? "0"} held={quotaHeld ?? "0"} limit={quotaAllowance} />
      ),
    },
    { id: "open", header: m.open, align: "right", hideBelow: "lg", cell: ({ requestsOpen }) => requestsOpen },
    {
      id: "lastUsed",
      header: m.lastUsed,
      align: "right",
      hideBelow: "sm",
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? "–" : <Time value={lastUsedAt} as="relative" />),
    },
  ];
  const add = can("createKey") && (
    <Button icon={Plus} onClick={() => void navigate({ to: "/keys", search: { create: true, under: shown.id } })}>
      {m.add}
    </Button>
  );
  return (
    <Section title={m.title} actions={items.length > 0 && add}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <SkeletonRows />}
      {!isPending && error === null && (
        <DataTable
          label={m.title}
          columns={columns}
          rows={items}
          idOf={({ id }) => id}
          empty={hasMore ? undefined : <Empty title={m.none} hint={m.noneHint} action={add} />}
        />
      )}
      <LoadMore hasMore={hasMore} isLoading={isFetchingNextPage} onMore={fetchMore} />
    </Section>
  );
}

function ChildState({ child }: { child: KeyView }) {
  const m = useMessages().keyPage.children;
  return child.status === "active" ? (
    <Badge tone={TONES[child.budgetState]}>{m.budgetStates[child.budgetState]}</Badge>
  ) : (
    <Badge tone="bad">{m.statuses[child.status]}</Badge>
  );
}

function Limit({ used, held, limit }: { used: string; held: string; limit: string | null }) {
  if (limit === null) return <span className="text-muted">–</span>;
  return (
    <div className="min-w-28">
      <UsageBar used={used} held={held} limit={limit} />
      <span className="text-xs text-muted">
        {formatUsd(used)} / {formatUsd(limit)}
      </span>
    </div>
  );
}
