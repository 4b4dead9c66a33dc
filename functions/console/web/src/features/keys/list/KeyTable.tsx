import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { cx } from "@/ui/cx";
import { useSelection } from "./selection";

/** The columns beside the name, and the width of the page below which each is left out; phones have it all below the name. */
export const HIDDEN = {
  limits: "max-md:hidden",
  owner: "max-xl:hidden",
  priority: "max-2xl:hidden",
  lastUsed: "max-xl:hidden",
};
export const COLUMNS = 8;

/** The frame of a list of keys, flat or as a tree: `children` are its rows. */
export function KeyTable({ label, children }: { label: string; children: ReactNode }) {
  const m = useMessages().keys.list;
  const selection = useSelection();
  return (
    // Scrolls by keyboard, too. Menus of rows are in a layer of their own.
    <section aria-label={label} tabIndex={0} className="-mx-4 overflow-x-auto px-4">
      <table className="w-full table-fixed border-collapse text-base">
        <thead>
          <tr className="border-b border-line text-left text-sm text-muted">
            {selection.isPossible && (
              <th scope="col" className="w-8 py-2">
                <input
                  type="checkbox"
                  aria-label={selection.chosen.size > 0 ? m.selectNone : m.selectAll}
                  title={selection.chosen.size > 0 ? m.selectNone : m.selectAll}
                  className="size-4 accent-accent"
                  checked={selection.chosen.size > 0}
                  onChange={selection.toggleAll}
                />
              </th>
            )}
            <Heading className="pr-4">{m.columns.name}</Heading>
            <Heading className={cx("w-40 pr-5 2xl:w-48", HIDDEN.limits)}>{m.columns.budget}</Heading>
            <Heading className={cx("w-40 pr-5 2xl:w-48", HIDDEN.limits)}>{m.columns.quota}</Heading>
            <Heading className={cx("w-40 pr-4 2xl:w-52", HIDDEN.owner)}>{m.columns.owner}</Heading>
            <Heading className={cx("w-24 pr-4", HIDDEN.priority)}>{m.columns.priority}</Heading>
            <Heading className={cx("w-28 pr-2", HIDDEN.lastUsed)}>{m.columns.lastUsed}</Heading>
            <th scope="col" className="w-9">
              <span className="sr-only">{m.columns.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

function Heading({ className, children }: { className: string; children: ReactNode }) {
  return (
    <th scope="col" className={cx("py-2 font-medium", className)}>
      {children}
    </th>
  );
}

/** A row across all columns, such as one that says that more is coming, at the depth of the keys that it is about. */
export function WideRow({ depth = 0, children }: { depth?: number; children: ReactNode }) {
  return (
    <tr className="border-b border-line/70 last:border-0">
      <td colSpan={COLUMNS} className="py-1.5">
        <div style={{ paddingInlineStart: indentation(depth) }}>{children}</div>
      </td>
    </tr>
  );
}

/** How far a key's name stands from the edge, by its depth below the root. */
export function indentation(depth: number): string {
  return `${depth * 1.15}rem`;
}
