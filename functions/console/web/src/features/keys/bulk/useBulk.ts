import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { admin, answered } from "@/api/client";
import { forgetKeys, type ListedKey } from "../list/queries";
import { carryOut } from "./carryOut";
import { type Change, inTurn } from "./changes";
import { type Outcome, runEach } from "./run";

export type Run = {
  change: Change;
  total: number;
  outcomes: readonly Outcome[];
  isRunning: boolean;
  /** Those that it was stopped before. */
  rest: readonly ListedKey[];
};

export type Bulk = ReturnType<typeof useBulk>;

/** A change of several keys, as far as it has come; null before it is started. Leaving the page stops it. */
export function useBulk() {
  const queries = useQueryClient();
  const [run, setRun] = useState<Run | null>(null);
  const stopping = useRef<AbortController>(null);
  useEffect(() => () => stopping.current?.abort(), []);

  async function go(
    change: Change,
    keys: readonly ListedKey[],
    before: readonly Outcome[] = [],
    act: typeof carryOut = carryOut,
  ) {
    const controller = new AbortController();
    stopping.current = controller;
    const turn = inTurn(keys);
    const outcomes: Outcome[] = [...before];
    const tell = (isRunning: boolean) =>
      setRun({
        change,
        total: before.length + turn.length,
        outcomes: [...outcomes],
        isRunning,
        rest: turn.slice(outcomes.length - before.length),
      });
    tell(true);
    await runEach(turn, (key) => act(change, key), {
      signal: controller.signal,
      onOutcome: (outcome) => {
        outcomes.push(outcome);
        tell(true);
      },
    });
    tell(false);
    forgetKeys(queries);
  }

  return {
    run,
    start: (change: Change, keys: readonly ListedKey[]) => void go(change, keys),
    stop: () => stopping.current?.abort(),
    /** With those that it was stopped before. */
    goOn: ({ change, rest, outcomes }: Run) => void go(change, rest, outcomes),
    /** Once more what has failed, on the keys as they are by now: they may have been changed by someone else. */
    retry: ({ change, outcomes }: Run) => {
      const failed = outcomes.filter(({ result }) => result === "failed").map(({ key }) => key);
      const others = outcomes.filter(({ result }) => result !== "failed");
      void go(change, failed, others, async (again, key) => carryOut(again, await asItIsNow(key)));
    },
  };
}

async function asItIsNow(key: ListedKey): Promise<ListedKey> {
  const now = await answered(admin.GET("/apiKey/{key_id}", { params: { path: { key_id: key.id } } }));
  return { ...key, ...now };
}
