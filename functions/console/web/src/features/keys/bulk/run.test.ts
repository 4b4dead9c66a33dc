import { expect, test } from "vitest";
import type { ListedKey } from "../list/queries";
import { type Outcome, runEach } from "./run";

const keys = ["a", "b", "c", "d"].map((id) => ({ id }) as ListedKey);

async function outcomes(act: (id: string, stop: () => void) => Promise<"isSo" | null>): Promise<Outcome[]> {
  const controller = new AbortController();
  const found: Outcome[] = [];
  await runEach(keys, ({ id }) => act(id, () => controller.abort()), {
    signal: controller.signal,
    onOutcome: (outcome) => found.push(outcome),
  });
  return found;
}

test("each key has an outcome, whatever became of those before it", async () => {
  const error = new Error("refused");
  const found = await outcomes(async (id) => {
    if (id === "b") throw error;
    return id === "c" ? "isSo" : null;
  });
  expect(found).toEqual([
    { key: keys[0], result: "done" },
    { key: keys[1], result: "failed", error },
    { key: keys[2], result: "skipped", why: "isSo" },
    { key: keys[3], result: "done" },
  ]);
});

test("one request is under way at a time", async () => {
  let open = 0;
  let most = 0;
  await outcomes(async () => {
    open += 1;
    most = Math.max(most, open);
    await Promise.resolve();
    open -= 1;
    return null;
  });
  expect(most).toBe(1);
});

test("stopped, it tells what became of the request under way, and begins no other", async () => {
  const found = await outcomes(async (id, stop) => {
    if (id === "b") stop();
    return null;
  });
  expect(found.map(({ key, result }) => [key.id, result])).toEqual([
    ["a", "done"],
    ["b", "done"],
  ]);
});
