import { expect, test } from "vitest";
import { batchesOf, isImportable } from "./importing";
import type { CatalogEntry } from "./queries";

function entry(systemName: string, state: CatalogEntry["state"]): CatalogEntry {
  return { systemName, state } as CatalogEntry;
}

test("what has ended, is unchanged or is another provider's can't be chosen", () => {
  const states = ["new", "price_changed", "edited", "unchanged", "elsewhere", "ended"] as const;
  expect(states.filter((state) => isImportable(entry("a", state)))).toEqual(["new", "price_changed", "edited"]);
});

test("entries go a few at a time, and those that were set by hand apart, to be replaced", () => {
  const chosen = [
    ...Array.from({ length: 12 }, (_, at) => entry(`model-${at}`, at % 2 === 0 ? "new" : "price_changed")),
    entry("mine", "edited"),
  ];
  const batches = batchesOf(chosen);
  expect(batches.map(({ systemNames, existing }) => [systemNames.length, existing])).toEqual([
    [10, "update"],
    [2, "update"],
    [1, "replace"],
  ]);
  expect(batches.flatMap(({ systemNames }) => systemNames)).toEqual(chosen.map(({ systemName }) => systemName));
});

test("nothing chosen is nothing asked", () => expect(batchesOf([])).toEqual([]));
