import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Money } from "@/ui/Money";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { type OwnPack, usePacks } from "./queries";

const TONES: Record<OwnPack["state"], Tone> = {
  scheduled: "accent",
  live: "good",
  used: "neutral",
  expired: "neutral",
  voided: "warn",
};

/** The packs that pay before the key's quota and budget, also those that have ended. */
export function OwnPacks() {
  const m = useMessages().holder.packs;
  const packs = usePacks();
  return (
    <Section title={m.title} hint={m.hint}>
      {packs.error !== null ? (
        <ErrorNote error={packs.error} onRetry={() => void packs.refetch()} />
      ) : packs.isPending ? (
        <SkeletonRows rows={2} />
      ) : (
        <>
          <DataTable
            label={m.title}
            rows={packs.items}
            idOf={({ id }) => id}
            empty={<Empty title={m.none} />}
            columns={[
              { id: "name", header: m.name, cell: ({ name, id }) => name ?? id },
              {
                id: "state",
                header: m.state,
                cell: ({ state }) => <Badge tone={TONES[state]}>{m.states[state]}</Badge>,
              },
              { id: "left", header: m.left, align: "right", cell: ({ left }) => <Money value={left} /> },
              {
                id: "amount",
                header: m.amount,
                align: "right",
                hideBelow: "sm",
                cell: ({ amount }) => <Money value={amount} />,
              },
              {
                id: "expires",
                header: m.expires,
                hideBelow: "sm",
                cell: ({ expiresAt }) => (expiresAt === null ? m.never : <Time value={expiresAt} as="date" />),
              },
            ]}
          />
          <LoadMore hasMore={packs.hasMore} isLoading={packs.isFetchingNextPage} onMore={packs.fetchMore} />
        </>
      )}
    </Section>
  );
}
