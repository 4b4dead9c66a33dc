import { CircleCheck, Clock, Gift, PackagePlus, XCircle } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Money } from "@/ui/Money";
import { formatUsd } from "@/ui/money";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { UsageBar } from "@/ui/UsageBar";
import { AddPack } from "./AddPack";
import { inOrder, type PackView } from "./packDraft";
import { usePacks, usePacksChanged, voidPack } from "./queries";

type PacksPanelProps = { keyId: string };

const TONES: Record<PackView["state"], { tone: Tone; icon?: typeof Clock }> = {
  live: { tone: "good", icon: CircleCheck },
  scheduled: { tone: "accent", icon: Clock },
  used: { tone: "neutral" },
  expired: { tone: "neutral" },
  voided: { tone: "neutral", icon: XCircle },
};

/** A key's packs: what is left of each, and the ways to add one and to void one. */
export function PacksPanel({ keyId }: PacksPanelProps) {
  const m = useMessages().packs;
  const { can } = useSession();
  const packs = usePacks(keyId);
  const changed = usePacksChanged(keyId);
  const [isAdding, setIsAdding] = useState(false);
  const [voiding, setVoiding] = useState<PackView | null>(null);
  const add = can("addPack") && (
    <Button icon={PackagePlus} onClick={() => setIsAdding(true)}>
      {m.add}
    </Button>
  );

  return (
    <Section title={m.title} hint={m.hint} actions={packs.items.length > 0 && add}>
      {packs.error !== null && <ErrorNote error={packs.error} onRetry={() => void packs.refetch()} />}
      {packs.isPending ? (
        <SkeletonRows rows={3} />
      ) : (
        <PacksTable
          packs={inOrder(packs.items)}
          onVoid={can("voidPack") ? setVoiding : null}
          empty={<Empty title={m.empty} hint={m.emptyHint} action={add} />}
        />
      )}
      <LoadMore hasMore={packs.hasMore} isLoading={packs.isFetchingNextPage} onMore={packs.fetchMore} />
      {isAdding && <AddPack keyId={keyId} onAdded={changed} onClose={() => setIsAdding(false)} />}
      {voiding !== null && (
        <ConfirmByName
          title={m.voidTitle(nameOf(voiding))}
          consequence={m.voidConsequence}
          name={nameOf(voiding)}
          action={m.void}
          onConfirm={async () => {
            await voidPack(keyId, voiding.id);
            changed();
          }}
          onClose={() => setVoiding(null)}
        />
      )}
    </Section>
  );
}

type PacksTableProps = { packs: PackView[]; onVoid: ((pack: PackView) => void) | null; empty: React.ReactNode };

function PacksTable({ packs, onVoid, empty }: PacksTableProps) {
  const m = useMessages().packs;
  return (
    <DataTable<PackView>
      label={m.title}
      rows={packs}
      idOf={({ id }) => id}
      empty={empty}
      columns={[
        {
          id: "name",
          header: m.columns.name,
          className: "min-w-36",
          cell: (pack) => (
            <div>
              <span className="break-words">{nameOf(pack)}</span>
              {pack.externalId !== null && <span className="block text-xs text-muted">{pack.externalId}</span>}
              <span className="mt-0.5 flex flex-wrap gap-1">
                <Badge {...TONES[pack.state]}>{m.states[pack.state]}</Badge>
                {pack.category === "promotional" && <Badge icon={Gift}>{m.categories.promotional}</Badge>}
              </span>
            </div>
          ),
        },
        {
          id: "left",
          header: m.columns.left,
          className: "min-w-44",
          cell: (pack) => <Left pack={pack} />,
        },
        {
          id: "price",
          header: m.columns.price,
          align: "right",
          hideBelow: "md",
          cell: ({ price }) =>
            price === null ? <span className="text-muted">{m.noPrice}</span> : <Money value={price} />,
        },
        {
          id: "validity",
          header: m.columns.validity,
          hideBelow: "sm",
          cell: (pack) => <Validity pack={pack} />,
        },
        {
          id: "models",
          header: m.columns.models,
          hideBelow: "lg",
          className: "max-w-56 break-words",
          cell: ({ models }) => models?.join(", ") ?? m.allModels,
        },
        {
          id: "priority",
          header: m.columns.priority,
          align: "right",
          hideBelow: "lg",
          cell: ({ priority }) => priority,
        },
        {
          id: "actions",
          header: "",
          align: "right",
          cell: (pack) =>
            onVoid !== null &&
            (pack.state === "live" || pack.state === "scheduled") && (
              <Button size="small" kind="danger" onClick={() => onVoid(pack)}>
                {m.void}
              </Button>
            ),
        },
      ]}
    />
  );
}

function Left({ pack }: { pack: PackView }) {
  const m = useMessages().packs;
  return (
    <div className="space-y-1">
      <UsageBar used={pack.used} held="0" limit={pack.amount} nearPercent={90} />
      <div className="text-xs text-muted" title={`${pack.left} / ${pack.amount} USD`}>
        {m.leftOf(formatUsd(pack.left), formatUsd(pack.amount))}
        {pack.state === "voided" && ` · ${m.voided(formatUsd(pack.voided))}`}
      </div>
    </div>
  );
}

function Validity({ pack }: { pack: PackView }) {
  const m = useMessages().packs;
  return (
    <div className="text-sm">
      {pack.state === "scheduled" && (
        <div>
          {m.from} <Time value={pack.effectiveAt} />
        </div>
      )}
      {pack.expiresAt === null ? (
        m.forGood
      ) : (
        <div>
          {m.until} <Time value={pack.expiresAt} />
        </div>
      )}
    </div>
  );
}

function nameOf({ name, id }: PackView): string {
  return name ?? id;
}
