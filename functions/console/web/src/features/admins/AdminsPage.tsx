import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/app/session";
import { useOidc } from "@/features/sign-in/consoleConfig";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Page, Section } from "@/ui/Page";
import { AdminForm } from "./AdminForm";
import { AdminsTable } from "./AdminsTable";
import { inOrder } from "./adminDraft";
import { NewToken } from "./NewToken";
import { type Admin, type IssuedAdmin, revokeAdmin, useAdmins, useAdminsChanged } from "./queries";
import { RotateToken } from "./RotateToken";

type Doing = { what: "create" } | { what: "edit" | "rotate" | "revoke"; admin: Admin } | null;

export function AdminsPage() {
  const m = useMessages();
  const { can, viewer } = useSession();
  const [doing, setDoing] = useState<Doing>(null);
  const [issued, setIssued] = useState<IssuedAdmin | null>(null);
  const isStacksOwn = viewer?.kind === "admin" && viewer.id === "admin";
  const oidc = useOidc();
  const changed = useAdminsChanged();
  const close = () => setDoing(null);

  function show(admin: IssuedAdmin) {
    changed();
    setDoing(null);
    setIssued(admin);
  }

  return (
    <Page
      title={m.app.pages.admins}
      subtitle={m.admins.subtitle}
      actions={
        can("createAdmin") && (
          <Button kind="primary" icon={UserPlus} onClick={() => setDoing({ what: "create" })}>
            {m.admins.add}
          </Button>
        )
      }
    >
      {can("listAdmins") ? <Admins onDo={setDoing} /> : <p>{m.admins.onlyOwners}</p>}
      <ul className="list-disc space-y-1 pl-5 text-sm text-muted">
        <li>{isStacksOwn ? m.admins.youAreStacksOwn : m.admins.stacksOwn}</li>
        {oidc && <li>{m.admins.identityProvider}</li>}
      </ul>
      {doing?.what === "create" && <AdminForm admin={null} onCreated={show} onClose={close} />}
      {doing?.what === "edit" && <AdminForm admin={doing.admin} onCreated={show} onClose={close} />}
      {doing?.what === "rotate" && <RotateToken admin={doing.admin} onRotated={show} onClose={close} />}
      {doing?.what === "revoke" && (
        <ConfirmByName
          title={m.admins.revokeTitle(doing.admin.name)}
          consequence={m.admins.revokeConsequence}
          name={doing.admin.name}
          action={m.admins.revoke}
          onConfirm={async () => {
            await revokeAdmin(doing.admin);
            changed();
          }}
          onClose={close}
        />
      )}
      {issued !== null && <NewToken admin={issued} onClose={() => setIssued(null)} />}
    </Page>
  );
}

function Admins({ onDo }: { onDo: (doing: Doing) => void }) {
  const m = useMessages().admins;
  const admins = useAdmins();
  return (
    <Section>
      {admins.error !== null && <ErrorNote error={admins.error} onRetry={() => void admins.refetch()} />}
      {admins.isPending ? (
        <SkeletonRows rows={4} />
      ) : (
        <AdminsTable
          admins={inOrder(admins.items)}
          onDo={(what, admin) => onDo({ what, admin })}
          empty={<Empty title={m.empty} hint={m.emptyHint} />}
        />
      )}
      <LoadMore hasMore={admins.hasMore} isLoading={admins.isFetchingNextPage} onMore={admins.fetchMore} />
    </Section>
  );
}
