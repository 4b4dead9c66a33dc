import { expect, test } from "vitest";
import en from "@/messages/en";
import { inOrder, NEW_PACK, type PackView, packOf, packProblems } from "./packDraft";

const m = en.keySettings.checks;

test("a pack is sent with what was filled in, amounts as typed", () => {
  expect(packOf({ ...NEW_PACK, amount: " 500.000000000000000001 " })).toEqual({
    amount: "500.000000000000000001",
    category: "paid",
    priority: 100,
  });
  const full = {
    name: "Order 4711",
    amount: "500",
    price: "450",
    category: "promotional",
    priority: "5",
    effectiveAt: null,
    expiresAt: "2027-06-30T22:00:00Z",
    models: ["small"],
    externalId: "order-4711",
  } as const;
  const { effectiveAt: _, ...sent } = { ...full, priority: 5 };
  expect(packOf({ ...full, models: [...full.models] })).toEqual(sent);
});

test("what can't be a pack is told at its field", () => {
  expect(packProblems({ ...NEW_PACK, amount: "0", price: "x", priority: "1001" }, m)).toEqual({
    amount: m.aboveZero,
    price: m.amount,
    priority: m.between(0, 1000),
  });
  expect(packProblems({ ...NEW_PACK, amount: "1" }, m)).toEqual({});
});

test("packs are shown in the order in which they pay, and those that have ended last", () => {
  const pack = (id: string, state: PackView["state"], priority = 100, expiresAt: string | null = null) =>
    ({ id, state, priority, expiresAt, createdAt: "2026-11-01T00:00:00Z" }) as PackView;
  const packs = [
    pack("voided", "voided"),
    pack("never ends", "live"),
    pack("used", "used"),
    pack("soon", "live", 100, "2026-12-01T00:00:00Z"),
    pack("later", "scheduled"),
    pack("first", "live", 1),
  ];
  expect(inOrder(packs).map(({ id }) => id)).toEqual(["first", "soon", "never ends", "later", "used", "voided"]);
});
