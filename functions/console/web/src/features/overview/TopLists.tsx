import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { shareText } from "@/features/costs/figures";
import { useMessages } from "@/messages";
import { type Ranked, RankedBars } from "@/ui/charts/RankedBars";
import { SkeletonRows } from "@/ui/Feedback";
import { formatUsd } from "@/ui/money";
import { Section } from "@/ui/Page";

/** Who and what costs most this month; each list leads to all of it. */
export function TopLists({ month }: { month?: Schemas["Overview"] }) {
  const m = useMessages().overview.top;
  const total = month?.totals.cost ?? "0";
  const ranked = (id: string, label: ReactNode, cost: string): Ranked => ({
    id,
    label,
    value: cost,
    note: shareText(cost, total),
  });
  const link = "hover:text-accent hover:underline";
  return (
    <div className="grid gap-5 md:grid-cols-2 xl:grid-cols-3">
      <Top
        title={m.keys}
        group="key"
        rows={month?.topKeys.map(({ keyId, name, cost }) =>
          ranked(
            keyId,
            <Link to="/keys/$keyId" params={{ keyId }} className={link}>
              {name ?? keyId}
            </Link>,
            cost,
          ),
        )}
      />
      <Top
        title={m.models}
        group="model"
        rows={month?.topModels.map(({ model, modelId, cost }) =>
          ranked(
            model,
            <Link to="/models/$modelId" params={{ modelId }} className={link}>
              {model}
            </Link>,
            cost,
          ),
        )}
      />
      <Top
        title={m.owners}
        group="owner"
        rows={month?.topOwners.map(({ owner, cost }) =>
          ranked(
            owner ?? "-",
            <Link to="/costs" search={{ owner: owner ?? "-", group: "key" }} className={link}>
              {owner ?? m.nobody}
            </Link>,
            cost,
          ),
        )}
      />
    </div>
  );
}

function Top({ title, group, rows }: { title: string; group: "key" | "model" | "owner"; rows?: Ranked[] }) {
  const m = useMessages().overview.days;
  return (
    <Section
      title={title}
      actions={
        <Link
          to="/costs"
          search={{ group }}
          className="text-sm text-accent underline"
          aria-label={`${m.explore}: ${title}`}
        >
          {m.explore}
        </Link>
      }
    >
      {rows === undefined ? <SkeletonRows /> : <RankedBars label={title} rows={rows} format={formatUsd} />}
    </Section>
  );
}
