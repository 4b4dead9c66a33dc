import { Ban, CircleCheck, Clock, Ellipsis, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { DataTable } from "@/ui/DataTable";
import { Menu } from "@/ui/Menu";
import { Time } from "@/ui/Time";
import type { Admin } from "./queries";

type AdminAction = "edit" | "rotate" | "revoke";

const STATUSES: Record<Admin["status"], { tone: Tone; icon: LucideIcon }> = {
  active: { tone: "good", icon: CircleCheck },
  expired: { tone: "warn", icon: Clock },
  revoked: { tone: "neutral", icon: Ban },
};

type AdminsTableProps = { admins: Admin[]; onDo: (what: AdminAction, admin: Admin) => void; empty: ReactNode };

export function AdminsTable({ admins, onDo, empty }: AdminsTableProps) {
  const m = useMessages();
  const { viewer } = useSession();
  const isViewer = ({ id }: Admin) => viewer?.kind === "admin" && viewer.id === id;
  return (
    <DataTable<Admin>
      label={m.app.pages.admins}
      rows={admins}
      idOf={({ id }) => id}
      empty={empty}
      columns={[
        {
          id: "name",
          header: m.admins.columns.name,
          className: "min-w-32",
          cell: (admin) => (
            <span className="flex flex-wrap items-center gap-1.5">
              <span className="min-w-0 font-medium break-words">{admin.name}</span>
              {isViewer(admin) && <Badge tone="accent">{m.admins.you}</Badge>}
            </span>
          ),
        },
        { id: "role", header: m.admins.columns.role, cell: ({ role }) => m.app.roles[role] },
        {
          id: "status",
          header: m.admins.columns.status,
          cell: ({ status }) => <Badge {...STATUSES[status]}>{m.admins.statuses[status]}</Badge>,
        },
        {
          id: "expiry",
          header: m.admins.columns.expiry,
          hideBelow: "md",
          cell: ({ expiresAt }) => (expiresAt === null ? m.admins.never : <Time value={expiresAt} />),
        },
        {
          id: "token",
          header: m.admins.columns.token,
          hideBelow: "lg",
          cell: ({ tokenIssuedAt }) => <Time value={tokenIssuedAt} as="date" />,
        },
        {
          id: "created",
          header: m.admins.columns.created,
          hideBelow: "lg",
          cell: ({ createdAt }) => <Time value={createdAt} as="date" />,
        },
        {
          id: "actions",
          header: <span className="sr-only">{m.admins.columns.actions}</span>,
          align: "right",
          cell: (admin) => admin.status !== "revoked" && <Actions admin={admin} onDo={onDo} />,
        },
      ]}
    />
  );
}

function Actions({ admin, onDo }: { admin: Admin; onDo: AdminsTableProps["onDo"] }) {
  const m = useMessages().admins;
  return (
    <Menu
      trigger={<IconButton label={m.actionsOf(admin.name)} icon={Ellipsis} />}
      actions={[
        { label: m.edit, onSelect: () => onDo("edit", admin) },
        { label: m.rotate, isDisabled: admin.status !== "active", onSelect: () => onDo("rotate", admin) },
        { label: m.revoke, isDangerous: true, onSelect: () => onDo("revoke", admin) },
      ]}
    />
  );
}
