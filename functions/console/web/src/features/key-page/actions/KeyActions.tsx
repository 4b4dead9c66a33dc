import {
  Ban,
  CodeXml,
  Copy,
  EllipsisVertical,
  FileDown,
  Gauge,
  KeyRound,
  RotateCcw,
  Trash2,
  TrendingUp,
  Undo2,
} from "lucide-react";
import { useState } from "react";
import { download } from "@/api/download";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { lastDays } from "@/ui/days";
import { ErrorNote } from "@/ui/ErrorNote";
import { Menu, type MenuAction } from "@/ui/Menu";
import type { KeyStanding, KeyView } from "../queries";
import { BudgetDialog } from "./BudgetDialog";
import { DeleteDialog } from "./DeleteDialog";
import { MendDialog } from "./MendDialog";
import { RaiseDialog } from "./RaiseDialog";
import { ResetDialog } from "./ResetDialog";
import { RevokeDialog } from "./RevokeDialog";
import { RotateDialog } from "./RotateDialog";
import { SnippetDialog } from "./SnippetDialog";

type Opened = "snippet" | "raise" | "setBudget" | "reset" | "rotate" | "revoke" | "reinstate" | "delete";

/** What one may do with the key: the frequent as a button, all else in a menu. */
export function KeyActions({ shown, standing }: { shown: KeyView; standing: KeyStanding }) {
  const m = useMessages().keyPage.actions;
  const { can } = useSession();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [error, setError] = useState<unknown>(null);
  const close = () => setOpened(null);
  const hasBudgets = standing.budgets.length > 0;

  async function downloadBill() {
    setError(null);
    const month = lastDays(1, standing.zone, new Date()).to.slice(0, 7);
    await download(`admin:/apiKey/${shown.id}/bill?month=${month}&format=csv`).catch(setError);
  }

  const actions: (MenuAction | false)[] = [
    can("setBudget") && { label: m.setBudget, icon: Gauge, onSelect: () => setOpened("setBudget") },
    can("resetBudget") && hasBudgets && { label: m.reset, icon: RotateCcw, onSelect: () => setOpened("reset") },
    can("rotateKey") && { label: m.rotate, icon: KeyRound, onSelect: () => setOpened("rotate") },
    { label: m.snippet, icon: CodeXml, onSelect: () => setOpened("snippet") },
    can("bill") && { label: m.bill, icon: FileDown, onSelect: () => void downloadBill() },
    { label: m.copyId, icon: Copy, onSelect: () => void navigator.clipboard.writeText(shown.id) },
    can("revokeKey") &&
      shown.status !== "revoked" && {
        label: m.revoke,
        icon: Ban,
        isDangerous: true,
        onSelect: () => setOpened("revoke"),
      },
    can("reinstateKey") &&
      shown.status === "revoked" && { label: m.reinstate, icon: Undo2, onSelect: () => setOpened("reinstate") },
    can("deleteKey") && {
      label: m.delete,
      icon: Trash2,
      isDangerous: true,
      onSelect: () => setOpened("delete"),
    },
  ];
  return (
    <>
      {can("setBudget") && hasBudgets && (
        <Button kind="primary" icon={TrendingUp} onClick={() => setOpened("raise")}>
          {m.raise}
        </Button>
      )}
      <Menu
        trigger={<Button icon={EllipsisVertical}>{m.more}</Button>}
        actions={actions.filter((action) => action !== false)}
      />
      {error !== null && <ErrorNote error={error} onRetry={() => void downloadBill()} />}
      {opened === "snippet" && <SnippetDialog shown={shown} onClose={close} />}
      {opened === "raise" && <RaiseDialog keyId={shown.id} window={null} onClose={close} />}
      {opened === "setBudget" && <BudgetDialog shown={shown} onClose={close} />}
      {opened === "reset" && <ResetDialog shown={shown} onClose={close} />}
      {opened === "rotate" && <RotateDialog shown={shown} onClose={close} />}
      {opened === "revoke" && <RevokeDialog shown={shown} onClose={close} />}
      {opened === "reinstate" && <MendDialog keyId={shown.id} remedy="reinstate" onClose={close} />}
      {opened === "delete" && <DeleteDialog shown={shown} onClose={close} />}
    </>
  );
}
