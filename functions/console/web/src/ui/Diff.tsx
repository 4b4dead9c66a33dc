import { useMessages } from "@/messages";
import { DataTable } from "./DataTable";
import { type Difference, differences } from "./differences";

/** What differs between two states of a thing, field by field. */
export function Diff({
  before,
  after,
  beforeLabel,
  afterLabel,
}: {
  before: object;
  after: object;
  beforeLabel?: string;
  afterLabel?: string;
}) {
  const m = useMessages().ui.diff;
  return (
    <DataTable<Difference>
      label={`${beforeLabel ?? m.before} / ${afterLabel ?? m.after}`}
      rows={differences(before, after)}
      idOf={({ path }) => path}
      empty={<p className="text-sm text-muted">{m.unchanged}</p>}
      columns={[
        { id: "path", header: "", cell: ({ path }) => <code className="text-sm">{path}</code> },
        {
          id: "before",
          header: beforeLabel ?? m.before,
          cell: ({ before: value }) => (
            <del className="rounded bg-bad-soft px-1 text-sm break-all decoration-bad/60">{value ?? m.unset}</del>
          ),
        },
        {
          id: "after",
          header: afterLabel ?? m.after,
          cell: ({ after: value }) => (
            <ins className="rounded bg-good-soft px-1 text-sm break-all no-underline">{value ?? m.unset}</ins>
          ),
        },
      ]}
    />
  );
}
