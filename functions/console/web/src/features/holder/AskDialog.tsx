import { type FormEvent, useState } from "react";
import type { ClientSchemas } from "@/api/client";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Input, MoneyInput, Select, TextArea } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import { type Budget, useAsking } from "./queries";

type Window = ClientSchemas["Window"];

/** Asks whoever manages the key for a higher limit, for good or until a time. */
export function AskDialog({ budgets, onClose }: { budgets: Budget[]; onClose: () => void }) {
  const m = useMessages().holder;
  const ui = useMessages().ui;
  const asking = useAsking();
  const [window, setWindow] = useState(budgets[0]?.window ?? "total");
  const [limit, setLimit] = useState("");
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const present = budgets.find((budget) => budget.window === window);

  function submit(event: FormEvent) {
    event.preventDefault();
    const body = {
      window: window as Window,
      limit: limit.trim(),
      reason,
      until: until === "" ? null : new Date(until).toISOString(),
    };
    asking.mutate(body, { onSuccess: onClose });
  }

  return (
    <Dialog title={m.asking.open} onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <Field label={m.asking.window}>
          <Select
            value={window}
            onChange={(event) => setWindow(event.target.value)}
            options={budgets.map((budget) => [budget.window, m.windows[budget.window] ?? budget.window] as const)}
          />
        </Field>
        <Field
          label={m.asking.limit}
          hint={present === undefined ? undefined : m.asking.present(formatUsd(present.limit))}
          error={problemOf(asking.error, "limit")}
        >
          <MoneyInput
            required
            pattern="[0-9]+(\.[0-9]+)?"
            value={limit}
            onChange={(event) => setLimit(event.target.value)}
          />
        </Field>
        <Field label={m.asking.reason} hint={m.asking.reasonHint} error={problemOf(asking.error, "reason")}>
          <TextArea required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        </Field>
        <Field label={m.asking.untilField} hint={m.asking.untilHint} error={problemOf(asking.error, "until")}>
          <Input type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
        </Field>
        {asking.error !== null && !(asking.error instanceof ApiError && asking.error.isAllIn(FIELDS)) && (
          <ErrorNote error={asking.error} />
        )}
        <DialogActions>
          <Button onClick={onClose}>{ui.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={asking.isPending}>
            {m.asking.send}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

const FIELDS = ["limit", "reason", "until"];

function problemOf(error: unknown, field: string): string | undefined {
  return error instanceof ApiError ? error.of(field) : undefined;
}
