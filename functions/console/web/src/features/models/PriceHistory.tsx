import { useMemo } from "react";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import type { Difference } from "@/ui/differences";
import { Time } from "@/ui/Time";
import type { Day } from "./hours";
import { OriginBadge } from "./ModelBadges";
import { formatPrice, priceChanges, RATES, type Version, type VersionStep, versionSteps } from "./prices";

type PriceHistoryProps = {
  versions: readonly Version[];
  providerName: (id: string) => string;
  /** Asks what past requests would have cost at a version. */
  onWhatIf: (version: Version) => void;
};

/** A timeline of the price's versions, newest first, each with what it changes. */
export function PriceHistory({ versions, providerName, onWhatIf }: PriceHistoryProps) {
  const m = useMessages().models.history;
  const steps = useMemo(() => versionSteps(versions, new Date()), [versions]);
  const hasTargets = new Set(versions.map(({ providerId, remoteId }) => `${providerId} ${remoteId}`)).size > 1;
  return (
    <ol className="relative ml-1.5 space-y-5 border-l border-line pl-5">
      {steps.map(({ version, before, state }) => (
        <li key={version.priceVersion} className="relative">
          <span
            aria-hidden
            className={cx(
              "absolute top-1.5 -left-[1.6rem] size-2.5 rounded-full border-2 border-surface",
              state === "current" ? "bg-accent" : "bg-line-strong",
            )}
          />
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-medium">
              <Time value={version.effectiveAt ?? ""} />
            </span>
            <Badge tone={state === "current" ? "good" : state === "scheduled" ? "accent" : "neutral"}>
              {m.states[state]}
            </Badge>
            <OriginBadge prices={version} />
            {hasTargets && (
              <span className="min-w-0 text-sm break-words text-muted">
                {providerName(version.providerId)} · {version.remoteId}
              </span>
            )}
            <Button kind="quiet" size="small" onClick={() => onWhatIf(version)}>
              {m.whatIf}
            </Button>
          </div>
          <Changes version={version} before={before} />
        </li>
      ))}
    </ol>
  );
}

function Changes({ version, before }: Pick<VersionStep, "version" | "before">) {
  const m = useMessages().models.history;
  const changes = priceChanges(before, version);
  if (before !== null && changes.length === 0) return <p className="text-sm text-muted">{m.onlySource}</p>;
  return (
    <>
      {before === null && <p className="text-sm text-muted">{m.first}</p>}
      <dl className="mt-1 grid max-w-2xl grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)] gap-x-4 gap-y-0.5 text-base">
        {changes.map((change) => (
          <div key={change.path} className="contents">
            <dt className="min-w-0 break-words text-muted">{<ChangeName change={change} />}</dt>
            <dd className="min-w-0">
              <Change change={change} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const DAY = /\b(mon|tue|wed|thu|fri|sat|sun)\b/g;

/** Of the figure's path, what is known by a name: `tiers.>200000.inputPrice` is `> 200000 · Input`. */
function ChangeName({ change: { path } }: { change: Difference }) {
  const m = useMessages().models;
  const fields: Record<string, string | undefined> = {
    requestPrice: m.price.request,
    toolPrices: m.priceForm.tools,
    tiers: m.priceForm.tiers,
    serviceTiers: m.priceForm.serviceTiers,
    serviceTierPrices: m.priceForm.serviceTierPrices,
    inferenceGeos: m.priceForm.geos,
    windows: m.priceForm.windows,
  };
  const [field = "", ...rest] = path.split(".");
  const last = RATES.find((name) => path === name || path.endsWith(`.${name}`));
  const name = last === undefined ? rest.join(".") : rest.slice(0, -1).join(".");
  const named = field === "windows" ? name.replace(DAY, (day) => m.days[day as Day]) : name;
  return [fields[field], named, last && m.rates[last]].filter(Boolean).join(" · ");
}

function Change({ change: { before, after } }: { change: Difference }) {
  const isUp = before !== null && after !== null && figure(after) > figure(before);
  const isDown = before !== null && after !== null && figure(after) < figure(before);
  return (
    <span className="break-words">
      {before !== null && (
        <>
          <del className="text-muted">{shown(before)}</del>
          <span aria-hidden> → </span>
        </>
      )}
      <ins className={cx("no-underline", isUp && "font-semibold text-bad", isDown && "font-semibold text-good")}>
        {after === null ? "–" : shown(after)}
        {isUp && " ↑"}
        {isDown && " ↓"}
      </ins>
    </span>
  );
}

function figure(value: string): number {
  return Number(value.replace("×", ""));
}

function shown(value: string): string {
  return /^\d+(\.\d+)?$/.test(value) ? formatPrice(value) : value;
}
