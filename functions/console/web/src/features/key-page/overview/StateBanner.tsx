import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { cx } from "@/ui/cx";
import { Time } from "@/ui/Time";
import type { KeyStanding, KeyView } from "../queries";
import type { KeyState } from "../states";
import { RefusalList } from "./RefusalList";

type StateBannerProps = { shown: KeyView; standing: KeyStanding; state: KeyState };

/** How the key stands, in a sentence; and where calls are refused, why, since when, until when, and what mends it. */
export function StateBanner({ shown, standing, state }: StateBannerProps) {
  const m = useMessages().keyPage;
  if (state.kind === "refusing") {
    return (
      <section aria-label={m.refusals.title} className="rounded-lg border border-bad/50 bg-bad-soft p-4">
        <h2 className="text-lg font-semibold text-bad">
          {isByStatus(state) ? m.refusals.title : m.refusals.titleUnlessFree}
        </h2>
        {state.refusals.length > 1 && <p className="text-sm">{m.refusals.first}</p>}
        <RefusalList keyId={shown.id} refusals={state.refusals} standing={standing} />
        {shown.lastUsedAt !== null && (
          <p className="mt-3 text-sm text-muted">
            {m.refusals.lastLetIn} <Time value={shown.lastUsedAt} as="relative" />
          </p>
        )}
      </section>
    );
  }
  // Where all is well, the word beside the name is enough.
  if (state.kind === "fine") return null;
  return (
    <p className={cx("rounded-lg border px-4 py-2.5", LOOKS[state.kind])} role="status">
      {sentence(state, standing.above.length === 0, m)}
    </p>
  );
}

const LOOKS: Record<Exclude<KeyState["kind"], "refusing" | "fine">, string> = {
  downgrading: "border-warn/40 bg-warn-soft",
  beyond: "border-warn/40 bg-warn-soft",
  near: "border-warn/40 bg-warn-soft",
  runsOut: "border-warn/40 bg-warn-soft",
  unlimited: "border-line bg-surface",
};

/** Whether the key, or one above, is out of force: then not even what is free passes. */
function isByStatus(state: Extract<KeyState, { kind: "refusing" }>): boolean {
  return state.refusals.some(({ reason }) => reason === "key_revoked" || reason === "key_expired");
}

function sentence(
  state: Exclude<KeyState, { kind: "refusing" | "fine" }>,
  isRoot: boolean,
  m: ReturnType<typeof useMessages>["keyPage"],
): ReactNode {
  switch (state.kind) {
    case "downgrading":
      return m.told.downgrading;
    case "unlimited":
      return isRoot ? m.told.unlimitedRoot : m.told.unlimited;
    case "beyond":
      return state.isMetered ? m.told.metered(state.window) : m.told.byPacks(state.window);
    case "near":
      return (
        <>
          {m.told.near(state.window, state.percent)} {state.exhaustedAt !== null && <UsedUp at={state.exhaustedAt} />}
        </>
      );
    case "runsOut":
      return (
        <>
          {m.told.runsOut(state.window)} <UsedUp at={state.exhaustedAt} />
        </>
      );
  }
}

function UsedUp({ at }: { at: string }) {
  const m = useMessages().keyPage.told;
  return (
    <>
      {m.usedUp} <Time value={at} /> (<Time value={at} as="relative" />){m.usedUpEnd}
    </>
  );
}
