import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleX, Clock } from "lucide-react";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Field } from "@/ui/Field";
import { Money } from "@/ui/Money";
import { Time } from "@/ui/Time";
import { type Alert, type Delivery, useAlerts } from "./queries";

const TONES: Record<Alert["level"], Tone> = { warning: "neutral", urgent: "warn", limit: "bad" };

type AlertHistoryProps = { keyId: string | undefined; onKey: (keyId: string | undefined) => void };

/** What was told of which key, and what became of each delivery. */
export function AlertHistory({ keyId, onKey }: AlertHistoryProps) {
  const m = useMessages().alerts.history;
  const { items, error, isPending, refetch, hasMore, isFetchingNextPage, fetchMore } = useAlerts(keyId);
  return (
    <div className="space-y-4">
      <Field label={m.key} className="max-w-xs">
        <KeyPicker value={keyId ?? null} onChange={(id) => onKey(id ?? undefined)} />
      </Field>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {error === null && isPending && <SkeletonRows rows={10} />}
      {error === null && !isPending && (
        <>
          <DataTable<Alert>
            label={m.title}
            rows={items}
            idOf={({ id }) => id}
            empty={<Empty title={m.none} hint={m.noneHint} />}
            columns={[
              {
                id: "time",
                header: m.time,
                hideBelow: "sm",
                cell: ({ createdAt }) => <Time value={createdAt} />,
                className: "align-top",
              },
              {
                id: "key",
                header: m.key,
                hideBelow: "sm",
                className: "max-w-56 align-top",
                cell: (alert) => <KeyLink alert={alert} />,
              },
              { id: "what", header: m.what, cell: (alert) => <What alert={alert} />, className: "align-top" },
              {
                id: "deliveries",
                header: m.deliveries,
                hideBelow: "xl",
                className: "align-top",
                cell: ({ deliveries }) => <Deliveries deliveries={deliveries} />,
              },
            ]}
          />
          <LoadMore hasMore={hasMore} isLoading={isFetchingNextPage} onMore={fetchMore} />
        </>
      )}
    </div>
  );
}

function KeyLink({ alert: { keyId, keyName } }: { alert: Alert }) {
  return (
    <Link
      to="/keys/$keyId"
      params={{ keyId }}
      className="block truncate underline-offset-2 hover:underline"
      title={keyName}
    >
      {keyName}
    </Link>
  );
}

/** What an alert is about, and how the budget stood then. */
function What({ alert }: { alert: Alert }) {
  const m = useMessages().alerts;
  return (
    <div>
      <div className="flex justify-between gap-3 sm:hidden">
        <KeyLink alert={alert} />
        <Time value={alert.createdAt} as="relative" />
      </div>
      <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
        <Badge tone={TONES[alert.level]}>{m.levels[alert.level]}</Badge>
        <span>{m.kinds[alert.kind](alert.percent)}</span>
      </span>
      <div className="text-sm text-muted">
        {m.windows[alert.window as keyof typeof m.windows] ?? alert.window}: <Money value={alert.used} /> /{" "}
        <Money value={alert.limit} />
        {alert.exhaustedAt !== null && (
          <>
            {" · "}
            {m.history.exhaustedBy} <Time value={alert.exhaustedAt} />
          </>
        )}
      </div>
      <div className="mt-1 xl:hidden">
        <Deliveries deliveries={alert.deliveries} />
      </div>
    </div>
  );
}

const STATES = {
  sent: { icon: CircleCheck, className: "text-good" },
  pending: { icon: Clock, className: "text-warn" },
  failed: { icon: CircleX, className: "text-bad" },
} as const;

function Deliveries({ deliveries }: { deliveries: Delivery[] }) {
  const m = useMessages().alerts;
  if (deliveries.length === 0) return <span className="text-sm text-muted">{m.history.nobody}</span>;
  return (
    <ul className="space-y-0.5 text-sm">
      {deliveries.map((delivery, place) => {
        const { icon: Icon, className } = STATES[delivery.state];
        return (
          <li key={place}>
            <span className="inline-flex flex-wrap items-center gap-x-1.5">
              <span className="wrap-anywhere">{delivery.address ?? m.channels.topic}</span>
              <span className={`inline-flex items-center gap-1 ${className}`}>
                <Icon size={13} aria-hidden />
                {m.states[delivery.state]}
              </span>
              {delivery.sentAt !== null && (
                <span className="text-muted">
                  <Time value={delivery.sentAt} as="relative" />
                </span>
              )}
              {delivery.state !== "sent" && delivery.attempts > 0 && (
                <span className="text-muted">{m.history.attempts(delivery.attempts)}</span>
              )}
            </span>
            {delivery.state !== "sent" && delivery.error !== null && (
              <div className="text-xs break-words text-muted">{delivery.error}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
