import { expect, test } from "vitest";
import type { ListedKey } from "../list/queries";
import { CSV_HEAD, csvLine } from "./csv";

const KEY = {
  id: "key_0123456789abcdef",
  name: "plain",
  pathNames: ["root", "plain"],
  budgetUsed: "0.0000002",
  budgetLimit: null,
  tags: { team: "search", env: "dev" },
} as unknown as ListedKey;

function cellOf(over: Partial<ListedKey>, column: string): string | undefined {
  const at = CSV_HEAD.trimEnd().split(",").indexOf(column);
  return csvLine({ ...KEY, ...over })
    .trimEnd()
    .split(",")[at];
}

test("amounts are exact, and what isn't there is empty", () => {
  expect(cellOf({}, "budgetUsed")).toBe("0.0000002");
  expect(cellOf({}, "budgetLimit")).toBe("");
  expect(cellOf({}, "path")).toBe("root / plain");
  expect(cellOf({}, "tags")).toBe("team=search; env=dev");
});

test("text with commas, quotes and line breaks stays in its cell", () => {
  expect(csvLine({ ...KEY, name: 'a "b", c\nd' })).toContain(',"a ""b"", c\nd",');
});

test.each(["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx"])(
  "a name that a spreadsheet would compute is text: %j",
  (name) => {
    expect(cellOf({ name }, "name")).toBe(`'${name}`);
  },
);

test("an amount below zero stays an amount", () => {
  expect(cellOf({ budgetUsed: "-0.25" }, "budgetUsed")).toBe("-0.25");
});
