import { useMessages } from "@/messages";
import { formatUsd } from "@/ui/money";
import type { KeyStanding } from "../queries";

/** What the parent has left: it bounds what a raise is worth, and how far it may go. */
export function AboveLeft({ standing }: { standing: KeyStanding }) {
  const messages = useMessages().keyPage;
  const m = messages.raise;
  const parent = standing.above[0];
  if (parent === undefined) return null;
  return (
    <div className="rounded bg-sunken px-3 py-2 text-sm">
      <p className="font-medium break-words">{m.above(parent.name)}</p>
      {parent.budgets.length === 0 ? (
        <p>{m.aboveUnlimited}</p>
      ) : (
        <ul>
          {parent.budgets.map(({ window, remaining, allowance }) => (
            <li key={window}>
              {messages.windows[window] ?? window}: {m.aboveLeft(formatUsd(remaining), formatUsd(allowance))}
            </li>
          ))}
        </ul>
      )}
      <p className="mt-1 text-muted">{m.aboveOther}</p>
    </div>
  );
}
