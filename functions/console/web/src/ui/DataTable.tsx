import {
  type ColumnDef,
  createSortedRowModel,
  type RowSelectionState,
  rowSelectionFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useMessages } from "@/messages";
import { cx } from "./cx";

const features = tableFeatures({
  rowSelectionFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});

export type Column<Row> = {
  id: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  /** What a click on the header sorts by; only for tables that are whole, never for a page of a list. */
  sortBy?: (row: Row) => number | string;
  align?: "left" | "right";
  /** The width of the page below which the column is left out. */
  hideBelow?: "sm" | "md" | "lg" | "xl";
  className?: string;
};

type DataTableProps<Row> = {
  /** The table's name for those who can't see what stands above it. */
  label: string;
  columns: ReadonlyArray<Column<Row>>;
  rows: Row[];
  idOf: (row: Row) => string;
  selection?: {
    selected: ReadonlySet<string>;
    onChange: (selected: ReadonlySet<string>) => void;
    nameOf: (row: Row) => string;
  };
  /** What stands where there are no rows. */
  empty?: ReactNode;
};

const HIDDEN = {
  sm: "max-sm:hidden",
  md: "max-md:hidden",
  lg: "max-lg:hidden",
  xl: "max-xl:hidden",
};

/** A table of rows that are all shown. On narrow screens it scrolls within itself. */
export function DataTable<Row extends object>({ label, columns, rows, idOf, selection, empty }: DataTableProps<Row>) {
  const m = useMessages().ui;
  const definitions = useMemo(() => columns.map(definitionOf), [columns]);
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const rowSelection = useMemo(
    () => Object.fromEntries([...(selection?.selected ?? [])].map((id) => [id, true as const])),
    [selection?.selected],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: idOf,
    enableRowSelection: selection !== undefined,
    state: { rowSelection },
    onRowSelectionChange: (change) =>
      selection?.onChange(idsOf(typeof change === "function" ? change(rowSelection) : change)),
  });

  if (rows.length === 0 && empty !== undefined) return <>{empty}</>;
  return (
    <section aria-label={label} tabIndex={0} className="-mx-4 overflow-x-auto px-4">
      <table className="w-full border-collapse text-base">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className="border-b border-line text-sm text-muted">
              {selection !== undefined && (
                <th scope="col" className="w-8 py-2 pr-2">
                  <input
                    type="checkbox"
                    aria-label={m.selectAll}
                    className="size-4 accent-accent"
                    checked={table.getIsAllRowsSelected()}
                    onChange={table.getToggleAllRowsSelectedHandler()}
                  />
                </th>
              )}
              {group.headers.map((header) => {
                const column = byId.get(header.id);
                if (column === undefined) return null;
                const sorted = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={sorted === false ? undefined : sorted === "asc" ? "ascending" : "descending"}
                    className={cx("py-2 pr-3 font-medium last:pr-0", cellClass(column))}
                  >
                    {column.sortBy === undefined ? (
                      column.header
                    ) : (
                      <button
                        type="button"
                        className="inline-flex items-center gap-1 font-medium hover:text-ink"
                        onClick={header.column.getToggleSortingHandler()}
                      >
                        {column.header}
                        {sorted === "asc" && <ArrowUp size={13} aria-hidden />}
                        {sorted === "desc" && <ArrowDown size={13} aria-hidden />}
                      </button>
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} className="border-b border-line/70 last:border-0 hover:bg-sunken/60">
              {selection !== undefined && (
                <td className="py-1.5 pr-2">
                  <input
                    type="checkbox"
                    aria-label={`${m.selectRow}: ${selection.nameOf(row.original)}`}
                    className="size-4 accent-accent"
                    checked={row.getIsSelected()}
                    onChange={row.getToggleSelectedHandler()}
                  />
                </td>
              )}
              {columns.map((column) => (
                <td key={column.id} className={cx("py-1.5 pr-3 align-middle last:pr-0", cellClass(column))}>
                  {column.cell(row.original)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function definitionOf<Row extends object>({ id, sortBy }: Column<Row>): ColumnDef<typeof features, Row> {
  return sortBy === undefined
    ? { id, enableSorting: false }
    : { id, accessorFn: sortBy, sortFn: (a, b) => compare(sortBy(a.original), sortBy(b.original)) };
}

function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

function cellClass<Row>({ align, hideBelow, className }: Column<Row>): string {
  return cx(align === "right" ? "text-right" : "text-left", hideBelow && HIDDEN[hideBelow], className);
}

function idsOf(state: RowSelectionState): ReadonlySet<string> {
  return new Set(Object.keys(state).filter((id) => state[id] === true));
}
