import { Link } from "@tanstack/react-router";
import type { Schemas } from "@/api/client";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { type Column, DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, SkeletonRows } from "@/ui/Feedback";
import { Count, Money } from "@/ui/Money";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { useLatestRequests } from "../queries";

type RequestView = Schemas["ListedRequestView"];

const TONES: Record<Schemas["Outcome"], Tone> = { succeeded: "good", failed: "bad", abandoned: "warn" };

/** The key's latest requests; all of them are a page of their own. */
export function RequestsTab({ keyId }: { keyId: string }) {
  const m = useMessages().keyPage.requests;
  const { data, error, isPending, refetch } = useLatestRequests(keyId);
  const columns: Column<RequestView>[] = [
    {
      id: "when",
      header: m.when,
      cell: ({ id, completedAt, model }) => (
        <>
          <Link to="/requests/$requestId" params={{ requestId: id }} className="text-accent underline">
            <Time value={completedAt} />
          </Link>
          <span className="block text-sm break-all text-muted sm:hidden">{model}</span>
        </>
      ),
    },
    { id: "model", header: m.model, hideBelow: "sm", cell: ({ model }) => <span className="break-all">{model}</span> },
    {
      id: "outcome",
      header: m.outcome,
      cell: ({ outcome }) => <Badge tone={TONES[outcome]}>{m.outcomes[outcome]}</Badge>,
    },
    {
      id: "tokens",
      header: m.tokens,
      align: "right",
      hideBelow: "sm",
      cell: ({ promptTokens, completionTokens }) => (
        <>
          <Count value={promptTokens} /> / <Count value={completionTokens} />
        </>
      ),
    },
    { id: "cost", header: m.cost, align: "right", cell: ({ calculatedCost }) => <Money value={calculatedCost} /> },
  ];
  return (
    <Section
      title={m.title}
      actions={
        <Link to="/requests" search={{ keyId }} className="text-sm text-accent underline">
          {m.all}
        </Link>
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <SkeletonRows rows={10} />}
      {data !== undefined && (
        <DataTable
          label={m.title}
          columns={columns}
          rows={data.data}
          idOf={({ id }) => id}
          empty={<Empty title={m.none} hint={m.noneHint} />}
        />
      )}
    </Section>
  );
}
