import { Link } from "@tanstack/react-router";
import { useMessages } from "@/messages";
import { formatUsd } from "@/ui/money";
import { Section } from "@/ui/Page";
import { UsageBar } from "@/ui/UsageBar";
import type { KeyStanding } from "../queries";

/** The keys that calls are charged to as well, with what each has left. */
export function AncestorList({ standing }: { standing: KeyStanding }) {
  const messages = useMessages().keyPage;
  const m = messages.above;
  if (standing.above.length === 0) return null;
  return (
    <Section title={m.title} hint={m.hint}>
      <ul className="space-y-3">
        {standing.above.map(({ keyId, name, budgets }) => (
          <li key={keyId} className="min-w-0">
            <Link to="/keys/$keyId" params={{ keyId }} className="font-medium break-words hover:underline">
              {name}
            </Link>
            {budgets.length === 0 && <p className="text-sm text-muted">{m.unlimited}</p>}
            {budgets.map(({ window, used, held, allowance, remaining }) => (
              <div key={window} className="mt-1">
                <div className="flex flex-wrap justify-between gap-x-3 text-sm text-muted">
                  <span>{messages.windows[window] ?? window}</span>
                  <span>{m.left(formatUsd(remaining), formatUsd(allowance))}</span>
                </div>
                <UsageBar used={used} held={held} limit={allowance} />
              </div>
            ))}
          </li>
        ))}
      </ul>
    </Section>
  );
}
