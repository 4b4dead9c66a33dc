import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CircleHelp, Download } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/app/session";
import { useOutlook } from "@/features/costs/queries";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { DataTable } from "@/ui/DataTable";
import { Dialog } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Count, Money } from "@/ui/Money";
import { Page, Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { AdmissionCheck } from "./AdmissionCheck";
import { durationOf, formatDuration } from "./durations";
import { ExportDialog } from "./ExportDialog";
import { filtersOf, type RequestFilters } from "./filters";
import { OutcomeBadge } from "./OutcomeBadge";
import { type ListedRequest, useRequests } from "./queries";
import { RequestFilterBar } from "./RequestFilterBar";

export function RequestsPage() {
  const m = useMessages().requests;
  const { can } = useSession();
  const filters = filtersOf(useSearch({ strict: false }));
  const { data: outlook } = useOutlook();
  // Moments are shown in the viewer's zone; only days are those of the reporting zone.
  const areDays = filters.from !== undefined || filters.to !== undefined;
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<"export" | "why" | null>(null);
  const onFilters = (wanted: RequestFilters) => void navigate({ to: "/requests", search: wanted, replace: true });

  return (
    <Page
      title={m.title}
      subtitle={`${m.subtitle}${areDays && outlook !== undefined ? ` ${m.daysIn(outlook.zone)}` : ""}`}
      actions={
        <>
          {can("checkAdmission") && (
            <Button icon={CircleHelp} onClick={() => setDialog("why")}>
              {m.why.button}
            </Button>
          )}
          {can("exportRequests") && (
            <Button icon={Download} onClick={() => setDialog("export")}>
              {m.export.title}
            </Button>
          )}
        </>
      }
    >
      <Section>
        <RequestFilterBar filters={filters} onChange={onFilters} />
      </Section>
      <Section>
        <RequestList filters={filters} onClear={() => onFilters({ span: "90d" })} />
      </Section>
      {dialog === "export" && <ExportDialog filters={filters} onClose={() => setDialog(null)} />}
      {dialog === "why" && (
        <Dialog title={m.why.title} onClose={() => setDialog(null)}>
          <p className="mb-4 text-sm text-muted">{m.why.hint}</p>
          <AdmissionCheck initialKeyId={filters.keyId} />
        </Dialog>
      )}
    </Page>
  );
}

function RequestList({ filters, onClear }: { filters: RequestFilters; onClear: () => void }) {
  const m = useMessages().requests;
  const { items, error, isPending, refetch, hasMore, isFetchingNextPage, fetchMore } = useRequests(filters);

  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (isPending) return <SkeletonRows rows={12} />;
  return (
    <>
      <DataTable<ListedRequest>
        label={m.title}
        rows={items}
        idOf={({ id }) => id}
        empty={
          hasMore ? (
            <Empty title={m.list.noneSoFar} hint={m.list.noneSoFarHint} />
          ) : (
            <Empty
              title={m.list.none}
              hint={m.list.noneHint}
              action={<Button onClick={onClear}>{m.list.wider}</Button>}
            />
          )
        }
        columns={[
          {
            id: "time",
            header: m.list.time,
            cell: (request) => (
              <>
                <Link
                  to="/requests/$requestId"
                  params={{ requestId: request.id }}
                  className="text-accent underline-offset-2 hover:underline"
                >
                  <Time value={request.createdAt} />
                </Link>
                <div className="space-y-0.5 sm:hidden">
                  <KeyLink request={request} />
                  <div className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
                    <OutcomeBadge outcome={request.outcome} httpStatus={request.httpStatus} />
                    <ModelName request={request} />
                  </div>
                </div>
              </>
            ),
          },
          {
            id: "key",
            header: m.list.key,
            hideBelow: "sm",
            className: "max-w-64",
            cell: (request) => (
              <>
                <KeyLink request={request} />
                <div className="text-sm text-muted xl:hidden">
                  <ModelName request={request} />
                </div>
              </>
            ),
          },
          {
            id: "model",
            header: m.list.model,
            hideBelow: "xl",
            cell: (request) => <ModelName request={request} />,
          },
          {
            id: "outcome",
            header: m.list.outcome,
            hideBelow: "sm",
            cell: ({ outcome, httpStatus }) => <OutcomeBadge outcome={outcome} httpStatus={httpStatus} />,
          },
          {
            id: "tokens",
            header: m.list.tokens,
            align: "right",
            hideBelow: "xl",
            cell: ({ promptTokens, completionTokens }) => (
              <span className="whitespace-nowrap">
                <Count value={promptTokens} /> → <Count value={completionTokens} />
              </span>
            ),
          },
          {
            id: "duration",
            header: m.list.duration,
            align: "right",
            hideBelow: "lg",
            cell: (request) => (
              <span className="whitespace-nowrap">
                {request.outcome === "abandoned" ? "–" : formatDuration(durationOf(request))}
              </span>
            ),
          },
          {
            id: "cost",
            header: m.list.cost,
            align: "right",
            className: "max-sm:align-top",
            cell: ({ calculatedCost }) => <Money value={calculatedCost} />,
          },
        ]}
      />
      <LoadMore hasMore={hasMore} isLoading={isFetchingNextPage} onMore={fetchMore} />
    </>
  );
}

function KeyLink({ request: { keyId, keyName } }: { request: ListedRequest }) {
  return (
    <Link
      to="/keys/$keyId"
      params={{ keyId }}
      className="block max-w-56 truncate underline-offset-2 hover:underline sm:max-w-none"
      title={keyName ?? keyId}
    >
      {keyName ?? keyId}
    </Link>
  );
}

/** What served the request, and what it was served instead of. */
function ModelName({ request: { model, downgradedFrom, fallbackFrom } }: { request: ListedRequest }) {
  const m = useMessages().requests.list;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-1.5">
      <span className="break-all">{model}</span>
      {downgradedFrom !== null && <Badge tone="warn">{m.insteadOf(downgradedFrom)}</Badge>}
      {fallbackFrom !== null && <Badge tone="warn">{m.failed(fallbackFrom)}</Badge>}
    </span>
  );
}
