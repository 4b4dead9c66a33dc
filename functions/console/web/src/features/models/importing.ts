/** Entries of the catalog that were chosen to be imported. */
import type { Schemas } from "@/api/client";
import type { CatalogEntry, Import } from "./queries";

export type Imported = Schemas["ImportedView"];

const IMPORTABLE: ReadonlySet<CatalogEntry["state"]> = new Set(["new", "price_changed", "edited"]);
/** So many are sent at once: each is done in a moment, and one sees how far it has come. */
const BATCH = 10;

export function isImportable({ state }: CatalogEntry): boolean {
  return IMPORTABLE.has(state);
}

/** The requests that import the chosen ones. What was set by hand goes apart: its price is replaced. */
export function batchesOf(chosen: readonly CatalogEntry[]): Import[] {
  const edited = chosen.filter(({ state }) => state === "edited");
  const others = chosen.filter(({ state }) => state !== "edited");
  return [...inBatches(others, "update"), ...inBatches(edited, "replace")];
}

function inBatches(entries: readonly CatalogEntry[], existing: Import["existing"]): Import[] {
  const count = Math.ceil(entries.length / BATCH);
  return Array.from({ length: count }, (_, at) => ({
    systemNames: entries.slice(at * BATCH, (at + 1) * BATCH).map(({ systemName }) => systemName),
    existing,
  }));
}
