import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { DialogActions } from "@/ui/Dialog";
import type { Imported } from "./importing";

const TONES: Record<Imported["outcome"], Tone> = {
  created: "good",
  updated: "good",
  unchanged: "neutral",
  kept: "neutral",
  refused: "bad",
};

type ImportResultsProps = {
  results: Imported[];
  progress: ReactNode;
  error: ReactNode;
  onStop?: () => void;
  onAgain: () => void;
  onClose: () => void;
};

/** What became of each entry that was imported, those first that were refused, with the reason. */
export function ImportResults({ results, progress, error, onStop, onAgain, onClose }: ImportResultsProps) {
  const m = useMessages().models.catalog;
  const refusedFirst = results.toSorted((a, b) => Number(b.outcome === "refused") - Number(a.outcome === "refused"));
  return (
    <div className="space-y-4">
      {progress}
      {error}
      <h3 className="font-semibold">{m.results}</h3>
      <ul className="divide-y divide-line">
        {refusedFirst.map(({ systemName, outcome, modelId, detail, errors }) => (
          <li key={systemName} className="flex flex-wrap items-baseline gap-x-3 py-1.5">
            <Badge tone={TONES[outcome]}>{m.outcomes[outcome]}</Badge>
            {outcome === "refused" ? (
              <span>{systemName}</span>
            ) : (
              <Link to="/models/$modelId" params={{ modelId }} className="break-all text-accent underline">
                {systemName}
              </Link>
            )}
            {detail !== null && <span className="text-sm text-muted">{detail}</span>}
            {errors.map(({ field, message }) => (
              <span key={field} className="text-sm text-bad">
                <code>{field}</code>: {message}
              </span>
            ))}
          </li>
        ))}
      </ul>
      <DialogActions>
        {onStop !== undefined ? (
          <Button onClick={onStop}>{m.stop}</Button>
        ) : (
          <>
            <Button onClick={onAgain}>{m.again}</Button>
            <Button kind="primary" onClick={onClose}>
              {m.done}
            </Button>
          </>
        )}
      </DialogActions>
    </div>
  );
}
