import { Table2 } from "lucide-react";
import { useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "../Button";
import { DataTable } from "../DataTable";
import type { Series } from "./series";

type ChartTableProps = {
  label: string;
  positions: string[];
  positionLabel: (position: string) => string;
  series: readonly Series[];
  format: (value: string) => string;
};

type Row = { position: string; at: number };

/** A chart's figures as a table, for those who'd rather read, or can't see the chart. */
export function ChartTable({ label, positions, positionLabel, series, format }: ChartTableProps) {
  const m = useMessages().ui.chart;
  const [isShown, setIsShown] = useState(false);
  return (
    <div className="mt-2">
      <Button kind="quiet" size="small" icon={Table2} aria-expanded={isShown} onClick={() => setIsShown(!isShown)}>
        {isShown ? m.hideTable : m.showTable}
      </Button>
      {isShown && (
        <div className="mt-2 max-h-80 overflow-y-auto px-4">
          <DataTable<Row>
            label={label}
            rows={positions.map((position, at) => ({ position, at }))}
            idOf={({ position }) => position}
            columns={[
              {
                id: "position",
                header: m.date,
                cell: ({ position }) => positionLabel(position),
                className: "whitespace-nowrap",
              },
              ...series.map((each) => ({
                id: each.id,
                header: each.label,
                align: "right" as const,
                cell: ({ at }: Row) => format(each.values[at] ?? "0"),
              })),
            ]}
          />
        </div>
      )}
    </div>
  );
}
