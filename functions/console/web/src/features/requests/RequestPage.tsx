import { Link, useParams } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "@/api/errors";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { CopyButton } from "@/ui/Copy";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton, SkeletonRows } from "@/ui/Feedback";
import { Count, Money } from "@/ui/Money";
import { Figure, Page, Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { AdmissionCheck } from "./AdmissionCheck";
import { Bill } from "./Bill";
import { Bodies } from "./Bodies";
import { durationOf, formatDuration } from "./durations";
import { OutcomeBadge } from "./OutcomeBadge";
import { type LoggedRequest, type SingleRequest, useRequest } from "./queries";
import { Timeline } from "./Timeline";

export function RequestPage() {
  const m = useMessages().requests;
  const { requestId = "" } = useParams({ strict: false });
  const { data: request, error } = useRequest(requestId);
  const trail = (
    <Link to="/requests" className="hover:underline">
      {m.title}
    </Link>
  );
  const subtitle = (
    <span className="inline-flex items-center gap-1">
      <code className="break-all">{requestId}</code>
      <CopyButton text={requestId} />
    </span>
  );

  if (error !== null) {
    return (
      <Page title={m.one.title} trail={trail} subtitle={subtitle}>
        {error instanceof ApiError && error.status === 404 ? <NotRecorded /> : <ErrorNote error={error} />}
      </Page>
    );
  }
  return (
    <Page title={m.one.title} trail={trail} subtitle={subtitle}>
      {request === undefined ? (
        <>
          <Skeleton className="h-20" />
          <SkeletonRows rows={8} />
        </>
      ) : (
        <Found request={request} />
      )}
    </Page>
  );
}

/** What a new user needs who has the id of a call that Tollgate refused: there is nothing to see, but to ask. */
function NotRecorded() {
  const m = useMessages().requests;
  const { can } = useSession();
  return (
    <Section title={m.one.notFound} hint={m.one.notFoundHint}>
      {can("checkAdmission") && <AdmissionCheck />}
    </Section>
  );
}

function Found({ request }: { request: SingleRequest }) {
  const m = useMessages().requests;
  const names = new Map(Object.entries(request.keyNames));
  return (
    <>
      <Section>
        <div className="grid grid-cols-2 gap-4 md:grid-cols-4">
          <Figure label={m.one.cost} value={<Money value={request.calculatedCost} />} note={m.kinds[request.kind]} />
          <Figure
            label={m.one.model}
            value={<span className="text-lg break-all">{request.model}</span>}
            note={<Predecessors request={request} />}
          />
          <Figure
            label={m.one.tokens}
            value={<Count value={request.promptTokens + request.completionTokens} />}
            note={m.one.inAndOut(request.promptTokens, request.completionTokens)}
          />
          <Figure
            label={m.one.outcome}
            value={<OutcomeBadge outcome={request.outcome} httpStatus={request.httpStatus} />}
            note={
              <>
                <Time value={request.createdAt} />
                {request.outcome !== "abandoned" && ` · ${formatDuration(durationOf(request))}`}
              </>
            }
          />
        </div>
        <Flags request={request} />
      </Section>
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <div className="min-w-0 space-y-5">
          <Bill request={request} names={names} />
          <Charged request={request} names={names} />
        </div>
        <div className="min-w-0 space-y-5">
          <Timeline request={request} />
          <Details request={request} />
        </div>
      </div>
      <Bodies requestId={request.id} />
    </>
  );
}

/** What is unusual about a request, in words. */
function Flags({ request }: { request: LoggedRequest }) {
  const m = useMessages().requests.flags;
  const told = [
    ...request.usageFlags.map((flag) => m.usage[flag]),
    ...(request.exceedsHold ? [m.exceedsHold] : []),
    ...(request.outcome === "abandoned" ? [m.abandoned] : []),
    ...(request.usageSource === "estimated" && request.outcome !== "abandoned" ? [m.estimated] : []),
    ...(request.priced ? [] : [m.unpriced]),
  ];
  if (told.length === 0) return null;
  return (
    <ul className="mt-4 list-disc space-y-1 border-t border-line pt-3 pl-5 text-sm">
      {told.map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  );
}

/** The key and all above it: each has been charged. */
function Charged({ request, names }: { request: LoggedRequest; names: ReadonlyMap<string, string> }) {
  const m = useMessages().requests.one;
  return (
    <Section title={m.charged} hint={m.chargedHint}>
      <ol className="flex flex-wrap items-center gap-x-1 gap-y-0.5">
        {request.scopes.toReversed().map((keyId, place) => (
          <li key={keyId} className="inline-flex min-w-0 items-center gap-1">
            {place > 0 && <ChevronRight size={14} aria-hidden className="shrink-0 text-muted" />}
            <Link
              to="/keys/$keyId"
              params={{ keyId }}
              className="break-words text-accent underline-offset-2 hover:underline"
            >
              {names.get(keyId) ?? keyId}
            </Link>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Details({ request }: { request: LoggedRequest }) {
  const m = useMessages().requests;
  const rows: Array<[string, ReactNode]> = [
    [m.details.owner, request.ownerEmail],
    [m.details.session, request.sessionId && <code className="break-all">{request.sessionId}</code>],
    [m.details.costCentre, request.costCentre],
    [
      m.details.providerRequestId,
      request.providerRequestId && <code className="break-all">{request.providerRequestId}</code>,
    ],
    [m.details.serviceTier, request.serviceTier],
    [m.details.speed, request.speed],
    [m.details.geo, request.inferenceGeo],
    [m.details.streamed, request.streamed ? m.filters.yes : m.filters.no],
    [m.details.billingMode, request.billingMode && m.details.billingModes[request.billingMode]],
    [
      m.details.tags,
      Object.keys(request.tags).length > 0 && (
        <span className="flex flex-wrap gap-1">
          {Object.entries(request.tags).map(([name, value]) => (
            <Badge key={name}>
              <span className="break-all whitespace-normal">
                {name}={value}
              </span>
            </Badge>
          ))}
        </span>
      ),
    ],
  ];
  return (
    <Section title={m.details.title}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        {rows
          .filter(([, value]) => Boolean(value))
          .map(([label, value]) => (
            <div key={label} className="contents">
              <dt className="text-muted">{label}</dt>
              <dd className="min-w-0 break-words">{value}</dd>
            </div>
          ))}
      </dl>
    </Section>
  );
}

/** Which model it was to be served by: the one that was asked for, or one that failed. */
function Predecessors({ request: { downgradedFrom, fallbackFrom } }: { request: SingleRequest }) {
  const m = useMessages().requests.list;
  const notes = [
    downgradedFrom === null ? null : m.insteadOf(downgradedFrom),
    fallbackFrom === null ? null : m.failed(fallbackFrom),
  ];
  return notes.filter((note) => note !== null).join(" · ");
}
