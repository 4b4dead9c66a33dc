import { type FormEvent, useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { DialogActions } from "@/ui/Dialog";
import { compare, isAmount } from "@/ui/decimals";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, MoneyInput, Select } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import { UsageBar } from "@/ui/UsageBar";
import { limitChange, temporaryLimitChange } from "../changes";
import type { KeyStanding, KeyView } from "../queries";
import { percentUsed } from "../states";
import { type BudgetStanding, letsCallsIn, suggestions } from "../suggestions";
import { useKeyChange } from "../useKeyChange";
import { AboveLeft } from "./AboveLeft";
import { Choice, ChoiceGroup } from "./Choice";
import { inputMoment, usualEnd } from "./moments";

type RaiseFormProps = { shown: KeyView; standing: KeyStanding; window: string | null; onDone: () => void };

export function RaiseForm({ shown, standing, window: asked, onDone }: RaiseFormProps) {
  const messages = useMessages();
  const m = messages.keyPage.raise;
  const [chosenWindow, setWindow] = useState(asked);
  const budget = standing.budgets.find((each) => each.window === chosenWindow) ?? fullest(standing.budgets);
  if (budget === undefined) return <p>{m.noBudget}</p>;
  return (
    <div className="space-y-4">
      {standing.budgets.length > 1 && (
        <Field label={m.window}>
          <Select
            value={budget.window}
            onChange={(event) => setWindow(event.target.value)}
            options={standing.budgets.map(({ window: each }) => [each, messages.keyPage.windows[each] ?? each])}
          />
        </Field>
      )}
      {/* What is chosen is of one limit. */}
      <Amounts key={budget.window} shown={shown} standing={standing} budget={budget} onDone={onDone} />
    </div>
  );
}

type AmountsProps = { shown: KeyView; standing: KeyStanding; budget: BudgetStanding; onDone: () => void };

const TYPED = "typed";

function Amounts({ shown, standing, budget, onDone }: AmountsProps) {
  const messages = useMessages();
  const m = messages.keyPage.raise;
  const { can } = useSession();
  const { apply, conflict } = useKeyChange(shown);
  const offered = suggestions(budget, standing.pace?.costPerDay ?? null);
  const [choice, setChoice] = useState<string>(offered[0]?.kind ?? TYPED);
  const [typed, setTyped] = useState("");
  const [isTemporary, setIsTemporary] = useState(false);
  const [until, setUntil] = useState(() => inputMoment(usualEnd(budget.resetsAt, new Date())));
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const limit = offered.find(({ kind }) => kind === choice)?.limit ?? typed.trim();
  const problem = problemOf(limit, budget, m);
  const isPast = isTemporary && !(Date.parse(until) > Date.now());
  const raised = shown.temporaryLimits.find(({ window: each }) => each === budget.window);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setError(null);
    try {
      await apply(
        isTemporary
          ? temporaryLimitChange(shown, budget.window, limit, new Date(until).toISOString())
          : limitChange(shown, budget.window, limit),
      );
      onDone();
    } catch (failure) {
      setError(failure);
      setIsBusy(false);
    }
  }

  return (
    <form className="space-y-4" onSubmit={(event) => void submit(event)}>
      <div className="space-y-1">
        <UsageBar used={budget.used} held={budget.held} limit={budget.allowance} />
        <p className="text-sm text-muted">{m.now(formatUsd(budget.used), formatUsd(budget.allowance))}</p>
      </div>
      <ChoiceGroup label={m.to}>
        {offered.map(({ kind, limit: each }) => (
          <Choice key={kind} name="limit" isChosen={choice === kind} onChoose={() => setChoice(kind)}>
            <span className="font-semibold">{formatUsd(each)}</span>{" "}
            <span className="text-muted">
              {kind === "enough" && budget.resetsAt === null ? m.kinds.enoughTotal : m.kinds[kind]}
            </span>
          </Choice>
        ))}
        <Choice name="limit" isChosen={choice === TYPED} onChoose={() => setChoice(TYPED)}>
          {m.kinds.typed}
        </Choice>
      </ChoiceGroup>
      {choice === TYPED && (
        <Field label={m.amount} error={typed === "" ? undefined : problem}>
          <MoneyInput value={typed} onChange={(event) => setTyped(event.target.value)} />
        </Field>
      )}
      {can("raiseBudget") && (
        <ChoiceGroup label={m.howLong}>
          <Choice name="duration" isChosen={!isTemporary} onChoose={() => setIsTemporary(false)}>
            {m.lasting}
          </Choice>
          <Choice name="duration" isChosen={isTemporary} onChoose={() => setIsTemporary(true)}>
            {m.temporary}
          </Choice>
        </ChoiceGroup>
      )}
      {isTemporary && (
        <Field label={m.until} error={isPast ? m.pastMoment : undefined}>
          <input
            type="datetime-local"
            value={until}
            onChange={(event) => setUntil(event.target.value)}
            className="w-full rounded border border-line-strong/60 bg-surface px-2.5 py-1.5"
          />
        </Field>
      )}
      {raised !== undefined && !isTemporary && (
        <p className="text-sm text-warn">{m.endsTemporary(formatUsd(raised.fallsBackTo))}</p>
      )}
      {problem === undefined && !letsCallsIn(budget, limit) && <p className="text-sm text-warn">{m.stillRefuses}</p>}
      <AboveLeft standing={standing} />
      {error !== null && <ErrorNote error={error} />}
      <DialogActions>
        <Button onClick={onDone}>{messages.ui.cancel}</Button>
        <Button type="submit" kind="primary" disabled={problem !== undefined || isPast} isBusy={isBusy}>
          {problem === undefined ? m.act(formatUsd(limit)) : messages.keyPage.actions.raise}
        </Button>
      </DialogActions>
      {conflict}
    </form>
  );
}

function problemOf(
  limit: string,
  budget: BudgetStanding,
  m: ReturnType<typeof useMessages>["keyPage"]["raise"],
): string | undefined {
  if (!isAmount(limit)) return m.badAmount;
  return compare(limit, budget.limit) > 0 ? undefined : m.notHigher(formatUsd(budget.limit));
}

function fullest(budgets: BudgetStanding[]): BudgetStanding | undefined {
  return budgets.toSorted((a, b) => percentUsed(b) - percentUsed(a))[0];
}
