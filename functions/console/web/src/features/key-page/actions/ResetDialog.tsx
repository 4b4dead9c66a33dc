import { useState } from "react";
import { useMessages } from "@/messages";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { Checkbox } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import { resetChange } from "../changes";
import type { KeyView } from "../queries";
import { useKeyChange } from "../useKeyChange";

/** Sets back what is used, of one budget or both. */
export function ResetDialog({ shown, onClose }: { shown: KeyView; onClose: () => void }) {
  const m = useMessages().keyPage.reset;
  const { apply, conflict } = useKeyChange(shown);
  const [budget, setBudget] = useState(shown.budgetLimit !== null);
  const [quota, setQuota] = useState(shown.quotaLimit !== null);
  return (
    <>
      <ConfirmByName
        title={m.title}
        consequence={
          <div className="space-y-2">
            <p>{m.consequence}</p>
            <Checkbox
              label={m.budget(formatUsd(shown.budgetUsed))}
              checked={budget}
              onChange={(event) => setBudget(event.target.checked)}
            />
            {shown.quotaUsed !== null && (
              <Checkbox
                label={m.quota(formatUsd(shown.quotaUsed))}
                checked={quota}
                onChange={(event) => setQuota(event.target.checked)}
              />
            )}
            <p className="text-sm text-muted">{m.inProgress}</p>
          </div>
        }
        name={shown.name}
        action={m.act}
        onConfirm={() => apply(resetChange(shown, { budget, quota }))}
        onClose={onClose}
      />
      {conflict}
    </>
  );
}
