import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleSlash, Infinity as InfinityIcon, type LucideIcon, TriangleAlert } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { cx } from "@/ui/cx";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { useBudgetHealth, useOpenBudgetRequests } from "./queries";

const STATES: ReadonlyArray<{ state: Schemas["BudgetState"]; icon: LucideIcon; tone: Tone }> = [
  { state: "exhausted", icon: CircleSlash, tone: "bad" },
  { state: "near", icon: TriangleAlert, tone: "warn" },
  { state: "fine", icon: CircleCheck, tone: "good" },
  { state: "unlimited", icon: InfinityIcon, tone: "neutral" },
];
const TEXT: Record<Tone, string> = { bad: "text-bad", warn: "text-warn", good: "text-good", neutral: "", accent: "" };

/** Whose budgets are used up or nearly so; each leads to the key, each count to the list of those keys. */
export function BudgetStates() {
  const m = useMessages().overview.budgets;
  const { data, error, refetch } = useBudgetHealth();
  return (
    <Section title={m.title} actions={<OpenRequests />}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <SkeletonRows rows={7} />
      ) : (
        <>
          <div className="grid grid-cols-4 gap-2">
            {STATES.map(({ state, icon: Icon, tone }) => (
              <Link
                key={state}
                to="/keys"
                search={{ budgetState: state }}
                className="min-w-0 rounded px-2 py-1.5 hover:bg-sunken"
              >
                <span
                  className={cx("flex items-center gap-1.5 text-xl font-semibold", data[state].count > 0 && TEXT[tone])}
                >
                  <Icon size={17} aria-hidden />
                  {data[state].count}
                </span>
                <span className="block text-xs text-muted">{m[state]}</span>
              </Link>
            ))}
          </div>
          <Worst state="exhausted" health={data.exhausted} />
          <Worst state="near" health={data.near} />
        </>
      )}
    </Section>
  );
}

function Worst({ state, health }: { state: "exhausted" | "near"; health: Schemas["StateHealth"] }) {
  const m = useMessages().overview.budgets;
  return (
    <div className="mt-4">
      <h3 className="text-sm font-medium" title={state === "exhausted" ? m.exhaustedHint : undefined}>
        {m[state]}
      </h3>
      {health.count === 0 ? (
        <p className="text-sm text-muted">{m.none[state]}</p>
      ) : (
        <ul className="mt-1 divide-y divide-line/70">
          {health.worst.map((entry) => (
            <li key={entry.keyId} className="flex items-center justify-between gap-3 py-1">
              <Link to="/keys/$keyId" params={{ keyId: entry.keyId }} className="min-w-0 truncate hover:underline">
                {entry.name ?? entry.keyId}
              </Link>
              <Standing entry={entry} state={state} />
            </li>
          ))}
        </ul>
      )}
      {health.count > health.worst.length && (
        <Link to="/keys" search={{ budgetState: state }} className="text-sm text-accent underline">
          {m.all(health.count)}
        </Link>
      )}
    </div>
  );
}

function Standing({ entry, state }: { entry: Schemas["BudgetEntry"]; state: "exhausted" | "near" }) {
  const m = useMessages().overview.budgets;
  const { percentUsed, window, resetsAt } = entry;
  return (
    <span className="flex shrink-0 items-center gap-2 text-sm text-muted">
      <span className="max-sm:hidden">
        {window !== null && (m.windows[window] ?? window)}
        {resetsAt !== null && (
          <>
            , {m.resets} <Time value={resetsAt} as="relative" />
          </>
        )}
      </span>
      <Badge tone={state === "exhausted" ? "bad" : "warn"}>
        {percentUsed === null ? m.nothingToSpend : m.used(percentUsed)}
      </Badge>
    </span>
  );
}

function OpenRequests() {
  const m = useMessages().overview.budgets;
  const { data } = useOpenBudgetRequests();
  if (data === undefined) return null;
  const { count, isMore } = data;
  const text = count === 0 ? m.noRequests : count === 1 ? m.oneRequest : m.openRequests(`${count}${isMore ? "+" : ""}`);
  return (
    <Link
      to="/budget-requests"
      className={cx("text-sm underline", count > 0 ? "font-medium text-accent" : "text-muted")}
    >
      {text}
    </Link>
  );
}
