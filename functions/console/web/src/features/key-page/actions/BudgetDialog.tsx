import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { isAmount } from "@/ui/decimals";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, MoneyInput, Select } from "@/ui/Field";
import { type BudgetSettings, budgetChange } from "../changes";
import type { KeyView } from "../queries";
import { useKeyChange } from "../useKeyChange";

const PERIODS = ["day", "week", "month"] as const;
const ENFORCEMENTS = ["soft", "hard"] as const;

/** The limits themselves, and how they are enforced. All else of a key is in its settings. */
export function BudgetDialog({ shown, onClose }: { shown: KeyView; onClose: () => void }) {
  const messages = useMessages();
  const m = messages.keyPage.setBudget;
  const { seen, apply, conflict } = useKeyChange(shown);
  const [total, setTotal] = useState(shown.budgetLimit ?? "");
  const [quota, setQuota] = useState(shown.quotaLimit ?? "");
  const [period, setPeriod] = useState<BudgetSettings["quotaPeriod"]>(shown.quotaPeriod ?? "month");
  const [enforcement, setEnforcement] = useState(shown.enforcement);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const told = error instanceof ApiError ? error : null;
  const wrong = (text: string) => (text === "" || isAmount(text) ? undefined : messages.keyPage.raise.badAmount);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setError(null);
    try {
      const wanted = {
        budgetLimit: total === "" ? null : total,
        quotaLimit: quota === "" ? null : quota,
        quotaPeriod: period,
        enforcement,
      };
      await apply(budgetChange(seen, wanted));
      onClose();
    } catch (failure) {
      setError(failure);
      setIsBusy(false);
    }
  }

  return (
    <Dialog title={m.title(shown.name)} onClose={onClose}>
      <form className="space-y-4" onSubmit={(event) => void submit(event)}>
        <Field label={m.total} hint={m.totalHint} error={wrong(total) ?? told?.of("budgetLimit")}>
          <MoneyInput value={total} onChange={(event) => setTotal(event.target.value.trim())} />
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={m.quota} hint={m.quotaHint} error={wrong(quota) ?? told?.of("quotaLimit")}>
            <MoneyInput value={quota} onChange={(event) => setQuota(event.target.value.trim())} />
          </Field>
          <Field label={m.period} error={told?.of("quotaPeriod")}>
            <Select
              value={period}
              disabled={quota === ""}
              onChange={(event) => setPeriod(event.target.value as BudgetSettings["quotaPeriod"])}
              options={PERIODS.map((each) => [each, m.periods[each]])}
            />
          </Field>
        </div>
        <Field label={m.enforcement}>
          <Select
            value={enforcement}
            onChange={(event) => setEnforcement(event.target.value as BudgetSettings["enforcement"])}
            options={ENFORCEMENTS.map((each) => [each, m.enforcements[each]])}
          />
        </Field>
        <p className="text-sm text-muted">{m.usedStays}</p>
        {error !== null && <ErrorNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{messages.ui.cancel}</Button>
          <Button
            type="submit"
            kind="primary"
            isBusy={isBusy}
            disabled={wrong(total) !== undefined || wrong(quota) !== undefined}
          >
            {m.save}
          </Button>
        </DialogActions>
      </form>
      {conflict}
    </Dialog>
  );
}
