import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { type Column, DataTable } from "@/ui/DataTable";
import { spanText } from "@/ui/days";
import { Empty } from "@/ui/Feedback";
import { Count, Money } from "@/ui/Money";
import { Section } from "@/ui/Page";

type BillView = Schemas["BillView"];
type Tally = Schemas["TallyView"];

/** Who pays for a key's month, and what was used of it by model and by key. */
export function Bill({ bill }: { bill: BillView }) {
  const m = useMessages().costs.bills;
  const isEmpty = bill.tree.requests === 0 && bill.packs.length === 0;
  return (
    <div className="grid gap-5 xl:grid-cols-[minmax(18rem,24rem)_minmax(0,1fr)]">
      <Charges bill={bill} />
      <div className="min-w-0 space-y-5">
        {isEmpty ? (
          <Section>
            <Empty title={m.empty} />
          </Section>
        ) : (
          <>
            <Packs packs={bill.packs} />
            <Section title={m.byModel}>
              <UsageTable
                label={m.byModel}
                first={m.model}
                rows={bill.byModel.map((row) => ({
                  id: row.model,
                  name: (
                    <Link to="/models/$modelId" params={{ modelId: row.modelId }} className="hover:underline">
                      {row.model}
                    </Link>
                  ),
                  sort: row.model,
                  tally: row,
                }))}
              />
            </Section>
            <Section title={m.byKey} hint={m.own}>
              <UsageTable label={m.byKey} first={m.key} rows={keyRows(bill, m)} />
            </Section>
          </>
        )}
      </div>
    </div>
  );
}

function keyRows(bill: BillView, m: { moved: string; movedHint: string }): UsageRow[] {
  const rows = bill.byKey.map((row) => ({
    id: row.keyId,
    name: (
      <Link to="/keys/$keyId" params={{ keyId: row.keyId }} className="hover:underline">
        {row.name ?? row.keyId}
      </Link>
    ),
    sort: row.name ?? row.keyId,
    tally: row,
  }));
  if (bill.moved.requests === 0 && bill.moved.cost === "0") return rows;
  const moved = { id: "moved", name: <span title={m.movedHint}>{m.moved}</span>, sort: m.moved, tally: bill.moved };
  return [...rows, moved];
}

function Charges({ bill }: { bill: BillView }) {
  const { zone, bills: m } = useMessages().costs;
  const locale = useLocale();
  const { charges } = bill;
  return (
    <Section
      title={
        <Link to="/keys/$keyId" params={{ keyId: bill.keyId }} className="break-words hover:underline">
          {bill.name}
        </Link>
      }
      hint={zone(spanText(bill, locale), bill.zone)}
      className="self-start"
    >
      <dl className="text-base">
        <Line label={m.total} value={charges.total} isStrong />
        <Line label={m.packs} value={charges.packs} />
        <Line label={m.included} value={charges.included} />
        <Line label={m.metered} value={charges.metered} />
        {charges.overage !== "0" && <Line label={m.overage} value={charges.overage} isPart />}
        <Line label={m.other} value={charges.other} />
        {charges.fees !== "0" && <Line label={m.fees} value={charges.fees} isPart />}
        <Line label={m.due} note={m.dueHint} value={charges.due} isStrong />
        <Line label={m.purchases} value={charges.purchases} />
        <Line label={m.providerCost} value={charges.providerCost} isStrong />
        <Line label={m.margin} value={charges.margin} />
        {bill.costCentre !== null && (
          <div className="flex justify-between gap-3 border-t border-line py-1.5">
            <dt className="text-muted">{m.costCentre}</dt>
            <dd>{bill.costCentre}</dd>
          </div>
        )}
      </dl>
    </Section>
  );
}

type LineProps = { label: string; note?: string; value: string; isStrong?: boolean; isPart?: boolean };

function Line({ label, note, value, isStrong = false, isPart = false }: LineProps) {
  return (
    <div
      className={`flex justify-between gap-3 py-1.5 ${isStrong ? "border-t border-line font-semibold first:border-0" : ""}`}
    >
      <dt className={isPart ? "pl-4 text-muted" : isStrong ? "" : "text-muted"}>
        {label}
        {note !== undefined && <span className="ml-1.5 text-sm font-normal text-muted">{note}</span>}
      </dt>
      <dd>
        <Money value={value} />
      </dd>
    </div>
  );
}

type UsageRow = { id: string; name: ReactNode; sort: string; tally: Tally };

function UsageTable({ label, first, rows }: { label: string; first: string; rows: UsageRow[] }) {
  const m = useMessages().costs.bills;
  const columns: Column<UsageRow>[] = [
    { id: "name", header: first, cell: ({ name }) => name, sortBy: ({ sort }) => sort, className: "max-w-64 truncate" },
    counted("requests", m.requests, ({ requests }) => requests),
    counted("failed", m.failed, ({ failed }) => failed, "md"),
    counted("tokens", m.tokens, ({ totalTokens }) => totalTokens, "sm"),
    {
      id: "cost",
      header: m.cost,
      cell: ({ tally }) => <Money value={tally.cost} />,
      sortBy: ({ tally }) => Number(tally.cost),
      align: "right",
    },
  ];
  return <DataTable label={label} columns={columns} rows={rows} idOf={({ id }) => id} />;
}

function counted(id: string, header: string, of: (tally: Tally) => number, hideBelow?: "sm" | "md"): Column<UsageRow> {
  return {
    id,
    header,
    cell: ({ tally }) => <Count value={of(tally)} />,
    sortBy: ({ tally }) => of(tally),
    align: "right",
    hideBelow,
  };
}

function Packs({ packs }: { packs: BillView["packs"] }) {
  const m = useMessages().costs.bills;
  if (packs.length === 0) return null;
  return (
    <Section title={m.packsTitle}>
      <DataTable
        label={m.packsTitle}
        rows={packs}
        idOf={({ packId }) => packId}
        columns={[
          { id: "name", header: m.pack, cell: ({ name, packId }) => name ?? packId },
          { id: "requests", header: m.requests, cell: ({ requests }) => <Count value={requests} />, align: "right" },
          { id: "drawn", header: m.drawn, cell: ({ drawn }) => <Money value={drawn} />, align: "right" },
          {
            id: "left",
            header: m.left,
            cell: ({ left }) => (left === null || left === undefined ? "–" : <Money value={left} />),
            align: "right",
          },
        ]}
      />
    </Section>
  );
}
