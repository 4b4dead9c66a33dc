import { Link } from "@tanstack/react-router";
import { EllipsisVertical, Plus } from "lucide-react";
import { useState } from "react";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { type Column, DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Menu, type MenuAction } from "@/ui/Menu";
import { Money } from "@/ui/Money";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { UsageBar } from "@/ui/UsageBar";
import { ChildForm } from "./ChildForm";
import { type OwnKey, useChildren, useOwnKey, useReinstatement, useRevocation } from "./queries";
import { RotateDialog } from "./RotateDialog";

const TONES: Record<OwnKey["status"], Tone> = { active: "good", revoked: "bad", expired: "neutral" };

type Act = { kind: "create" } | { kind: "edit" | "rotate" | "revoke"; key: OwnKey };

/** The keys right below the holder's, or below one of those, with what each has left. */
export function ChildKeys({ own, parentId }: { own: OwnKey | undefined; parentId: string }) {
  const m = useMessages().holder.keys;
  const children = useChildren(parentId);
  const [act, setAct] = useState<Act | null>(null);
  const revocation = useRevocation();
  const reinstatement = useReinstatement();
  const canManage = own?.manageChildren === true;
  const close = () => setAct(null);

  const columns: Column<OwnKey>[] = [
    { id: "name", header: m.name, cell: (key) => <Name child={key} /> },
    { id: "used", header: m.used, className: "w-2/5", cell: (key) => <Limits child={key} /> },
    {
      id: "lastUsed",
      header: m.lastUsed,
      hideBelow: "md",
      cell: ({ lastUsedAt }) => (lastUsedAt === null ? m.neverUsed : <Time value={lastUsedAt} as="relative" />),
    },
  ];
  if (canManage) {
    const actions = (key: OwnKey) =>
      actionsOf(key, m, setAct, () => reinstatement.mutate(key.id)).filter((each) => each !== null);
    columns.push({
      id: "actions",
      header: <span className="sr-only">{m.actions}</span>,
      align: "right",
      cell: (key) => (
        <Menu trigger={<IconButton label={m.actionsOf(key.name)} icon={EllipsisVertical} />} actions={actions(key)} />
      ),
    });
  }

  return (
    <Section
      title={m.title}
      hint={own?.manageChildren === false ? m.cannotManage : m.hint}
      actions={
        canManage && (
          <Button kind="primary" icon={Plus} onClick={() => setAct({ kind: "create" })}>
            {m.create}
          </Button>
        )
      }
    >
      {own !== undefined && parentId !== own.id && <Trail parentId={parentId} />}
      {reinstatement.error !== null && <ErrorNote error={reinstatement.error} />}
      {children.error !== null ? (
        <ErrorNote error={children.error} onRetry={() => void children.refetch()} />
      ) : children.isPending ? (
        <SkeletonRows />
      ) : (
        <>
          <DataTable
            label={m.title}
            columns={columns}
            rows={children.items}
            idOf={({ id }) => id}
            empty={<Empty title={m.none} hint={canManage ? m.noneHint : undefined} />}
          />
          <LoadMore hasMore={children.hasMore} isLoading={children.isFetchingNextPage} onMore={children.fetchMore} />
        </>
      )}
      {act?.kind === "create" && <ChildForm parentId={parentId} onClose={close} />}
      {act?.kind === "edit" && <ChildForm parentId={parentId} child={act.key} onClose={close} />}
      {act?.kind === "rotate" && <RotateDialog child={act.key} onClose={close} />}
      {act?.kind === "revoke" && (
        <ConfirmByName
          title={m.revokeTitle(act.key.name)}
          consequence={m.revokeConsequence}
          name={act.key.name}
          action={m.revoke}
          onConfirm={() => revocation.mutateAsync(act.key.id)}
          onClose={close}
        />
      )}
    </Section>
  );
}

function Name({ child }: { child: OwnKey }) {
  const m = useMessages().holder;
  return (
    <div className="min-w-0 space-y-0.5">
      <Link to="/me" search={{ tab: "keys", parent: child.id }} className="font-medium break-words hover:underline">
        {child.name}
      </Link>
      {child.status !== "active" && (
        <div>
          <Badge tone={TONES[child.status]}>{m.statuses[child.status]}</Badge>
        </div>
      )}
    </div>
  );
}

function Limits({ child }: { child: OwnKey }) {
  const m = useMessages().holder;
  if (child.budgetLimit === null && child.quotaLimit === null) {
    return (
      <span className="text-muted">
        <Money value={child.budgetUsed} /> · {m.keys.noLimit}
      </span>
    );
  }
  return (
    <div className="space-y-1.5">
      {child.budgetLimit !== null && (
        <Bar used={child.budgetUsed} held={child.budgetHeld} limit={child.budgetLimit} window="total" />
      )}
      {child.quotaLimit !== null && child.quotaPeriod !== null && (
        <Bar
          used={child.quotaUsed ?? "0"}
          held={child.quotaHeld ?? "0"}
          limit={child.quotaAllowance ?? child.quotaLimit}
          window={child.quotaPeriod}
        />
      )}
    </div>
  );
}

function Bar({ used, held, limit, window }: { used: string; held: string; limit: string; window: string }) {
  const m = useMessages().holder;
  return (
    <div>
      <div className="flex flex-wrap justify-between gap-x-3 text-sm">
        <span className="text-muted">{m.windows[window] ?? window}</span>
        <span>
          <Money value={used} /> / <Money value={limit} />
        </span>
      </div>
      <UsageBar used={used} held={held} limit={limit} />
    </div>
  );
}

/** The way back up to the holder's own key. */
function Trail({ parentId }: { parentId: string }) {
  const m = useMessages().holder.keys;
  const parent = useOwnKey(parentId);
  const above = parent.data?.path.slice(0, -1).at(-1);
  return (
    <p className="mb-3 text-sm">
      <Link
        to="/me"
        search={{ tab: "keys", parent: parent.data?.path.length === 2 ? undefined : above }}
        className="text-accent underline"
      >
        {m.up}
      </Link>
      {parent.data !== undefined && <span className="text-muted"> · {m.below(parent.data.name)}</span>}
    </p>
  );
}

type Words = ReturnType<typeof useMessages>["holder"]["keys"];

function actionsOf(key: OwnKey, m: Words, act: (chosen: Act) => void, reinstate: () => void): Array<MenuAction | null> {
  return [
    { label: m.edit, onSelect: () => act({ kind: "edit", key }) },
    key.status === "active" ? { label: m.rotate, onSelect: () => act({ kind: "rotate", key }) } : null,
    key.status === "revoked"
      ? { label: m.reinstate, onSelect: reinstate }
      : { label: m.revoke, isDangerous: true, onSelect: () => act({ kind: "revoke", key }) },
  ];
}
