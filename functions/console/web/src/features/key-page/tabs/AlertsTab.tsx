import { Bell } from "lucide-react";
import { useState } from "react";
import { admin, answered, type Schemas } from "@/api/client";
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
import { type KeyView, useAlerts } from "../queries";

type Alert = Schemas["AlertView"];

const LEVELS: Record<Schemas["Level"], Tone> = { warning: "warn", urgent: "warn", limit: "bad" };
const DELIVERIES: Record<Schemas["DeliveryState"], Tone> = { pending: "neutral", sent: "good", failed: "bad" };

export function AlertsTab({ shown }: { shown: KeyView }) {
  return (
    <div className="space-y-4">
      <Thresholds shown={shown} />
      <History keyId={shown.id} />
    </div>
  );
}

/** Who is told at which percent, and a way to try it. */
function Thresholds({ shown }: { shown: KeyView }) {
  const m = useMessages().keyPage.alerts;
  const { can } = useSession();
  const thresholds = shown.budgetAlertThresholds.toSorted((a, b) => a.percent - b.percent);
  return (
    <Section
      title={m.thresholds}
      hint={shown.budgetAlertThresholdsInherited ? m.inherited : m.ownOnes}
      actions={can("raiseTest") && thresholds.length > 0 && <TestAlert keyId={shown.id} />}
    >
      {thresholds.length === 0 ? (
        <p className="text-muted">{m.noThresholds}</p>
      ) : (
        <ul className="space-y-1">
          {thresholds.map(({ percent, level, notify }) => (
            <li key={percent} className="flex flex-wrap items-baseline gap-x-3">
              <span className="w-20 font-medium">{m.at(percent)}</span>
              <Badge tone={LEVELS[level]}>{m.levels[level]}</Badge>
              <span className="min-w-0 break-words text-muted">
                {notify.map((each) => m.recipients[each] ?? each).join(", ")}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-2 text-sm text-muted">{m.debounce(Math.round(shown.alertDebounceSeconds / 60))}</p>
    </Section>
  );
}

function TestAlert({ keyId }: { keyId: string }) {
  const m = useMessages().keyPage.alerts;
  const { refetch } = useAlerts(keyId);
  const [isBusy, setIsBusy] = useState(false);
  const [isSent, setIsSent] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function send() {
    setIsBusy(true);
    setError(null);
    try {
      await answered(admin.POST("/alerts/test", { body: { keyId, percent: null } }));
      setIsSent(true);
      await refetch();
    } catch (failure) {
      setError(failure);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <div className="max-w-sm space-y-1 text-right">
      <Button size="small" icon={Bell} isBusy={isBusy} onClick={() => void send()}>
        {m.test}
      </Button>
      <p role="status" className="text-sm text-muted">
        {isSent ? m.tested : ""}
      </p>
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

function History({ keyId }: { keyId: string }) {
  const messages = useMessages().keyPage;
  const m = messages.alerts;
  const { items, error, isPending, refetch, hasMore, isFetchingNextPage, fetchMore } = useAlerts(keyId);
  const columns: Column<Alert>[] = [
    { id: "when", header: m.when, cell: ({ createdAt }) => <Time value={createdAt} /> },
    {
      id: "what",
      header: m.what,
      cell: ({ kind, level, percent }) => (
        <span className="flex flex-wrap items-center gap-1.5">
          <Badge tone={LEVELS[level]}>{m.levels[level]}</Badge>
          {m.kinds[kind]} {percent !== null && m.at(percent)}
        </span>
      ),
    },
    {
      id: "budget",
      header: m.budget,
      hideBelow: "md",
      cell: ({ window }) => messages.windows[window] ?? messages.otherWindow(window),
    },
    {
      id: "used",
      header: m.usedOf,
      align: "right",
      hideBelow: "sm",
      cell: ({ used, limit }) => `${formatUsd(used)} / ${formatUsd(limit)}`,
    },
    { id: "deliveries", header: m.deliveries, hideBelow: "lg", cell: (alert) => <Deliveries alert={alert} /> },
  ];
  return (
    <Section title={m.history}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <SkeletonRows />}
      {!isPending && error === null && (
        <DataTable
          label={m.history}
          columns={columns}
          rows={items}
          idOf={({ id }) => id}
          empty={hasMore ? undefined : <Empty title={m.none} hint={m.noneHint} />}
        />
      )}
      <LoadMore hasMore={hasMore} isLoading={isFetchingNextPage} onMore={fetchMore} />
    </Section>
  );
}

function Deliveries({ alert }: { alert: Alert }) {
  const m = useMessages().keyPage.alerts;
  return (
    <ul className="space-y-0.5 text-sm">
      {alert.deliveries.map(({ address, state, error }) => (
        <li key={address ?? ""} title={error ?? undefined}>
          <Badge tone={DELIVERIES[state]}>{m.states[state]}</Badge>{" "}
          <span className="break-all">{address ?? m.topic}</span>
        </li>
      ))}
    </ul>
  );
}
