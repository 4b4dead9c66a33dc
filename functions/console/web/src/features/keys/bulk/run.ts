import type { ListedKey } from "../list/queries";
import type { Skipped } from "./changes";

/** What became of one key. */
export type Outcome =
  | { key: ListedKey; result: "done" }
  | { key: ListedKey; result: "skipped"; why: Skipped }
  | { key: ListedKey; result: "failed"; error: unknown };

/**
 * Does one thing with each key after the other, telling what became of each, until all are done or it is stopped.
 *
 * The request that is under way when it is stopped is still waited for: what became of it is to be known.
 */
export async function runEach(
  keys: readonly ListedKey[],
  act: (key: ListedKey) => Promise<Skipped | null>,
  { signal, onOutcome }: { signal: AbortSignal; onOutcome: (outcome: Outcome) => void },
): Promise<void> {
  for (const key of keys) {
    if (signal.aborted) return;
    onOutcome(await outcomeOf(key, act));
  }
}

async function outcomeOf(key: ListedKey, act: (key: ListedKey) => Promise<Skipped | null>): Promise<Outcome> {
  try {
    const why = await act(key);
    return why === null ? { key, result: "done" } : { key, result: "skipped", why };
  } catch (error) {
    return { key, result: "failed", error };
  }
}
