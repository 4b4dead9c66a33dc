import { useRef, useState } from "react";
import { useProviders } from "@/features/providers/queries";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Progress } from "@/ui/Feedback";
import { CatalogTable } from "./CatalogTable";
import { ImportResults } from "./ImportResults";
import { batchesOf, type Imported } from "./importing";
import { type CatalogEntry, useImportModels } from "./queries";
import { ProviderField } from "./SettingsDialog";

type ImportDialogProps = {
  /** The provider whose models they become; without one it is asked for. */
  providerId?: string;
  onClose: () => void;
};

/** The shipped catalog, with what importing each entry would change, and the import of those that are chosen. */
export function ImportDialog({ providerId, onClose }: ImportDialogProps) {
  const m = useMessages().models.catalog;
  const providers = useProviders();
  const [chosenProvider, setChosenProvider] = useState(providerId ?? "");
  const id = chosenProvider || (providers[0]?.id ?? "");
  const provider = providers.find((each) => each.id === id);
  return (
    <Dialog title={m.title} place="side" size="wide" onClose={onClose}>
      <div className="space-y-4">
        {provider !== undefined && <p className="text-sm text-muted">{m.hint(provider.name)}</p>}
        {providerId === undefined && <ProviderField label={m.provider} value={id} onChange={setChosenProvider} />}
        {provider !== undefined && <Importing key={id} providerId={id} vendor={provider.vendor} onClose={onClose} />}
      </div>
    </Dialog>
  );
}

type ImportingProps = { providerId: string; vendor: string; onClose: () => void };

function Importing({ providerId, vendor, onClose }: ImportingProps) {
  const m = useMessages().models.catalog;
  const { cancel } = useMessages().ui;
  const [chosen, setChosen] = useState<ReadonlyMap<string, CatalogEntry>>(new Map());
  const [isReplacing, setIsReplacing] = useState(false);
  const run = useImportRun(providerId);
  const edited = [...chosen.values()].filter(({ state }) => state === "edited").length;

  if (run.of > 0) {
    return (
      <ImportResults
        results={run.results}
        progress={run.isRunning ? <Progress label={m.progress(run.done, run.of)} done={run.done} of={run.of} /> : null}
        error={run.error === null ? null : <ErrorNote error={run.error} />}
        onStop={run.isRunning ? run.stop : undefined}
        onAgain={() => {
          setChosen(new Map());
          run.reset();
        }}
        onClose={onClose}
      />
    );
  }
  return (
    <>
      <CatalogTable providerId={providerId} vendor={vendor} chosen={chosen} onChoose={setChosen} />
      <div className="sticky bottom-0 -mx-4 -mb-4 border-t border-line bg-surface px-4 py-3">
        {edited > 0 && (
          <label className="mb-2 flex items-start gap-2">
            <input
              type="checkbox"
              className="mt-0.5 size-4 accent-accent"
              checked={isReplacing}
              onChange={(event) => setIsReplacing(event.target.checked)}
            />
            {m.replace(edited)}
          </label>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{cancel}</Button>
          <Button
            kind="primary"
            disabled={chosen.size === 0 || (edited > 0 && !isReplacing)}
            onClick={() => void run.start([...chosen.values()])}
          >
            {m.import(chosen.size)}
          </Button>
        </div>
      </div>
    </>
  );
}

type ImportRun = {
  results: Imported[];
  done: number;
  of: number;
  isRunning: boolean;
  error: unknown;
  start: (entries: CatalogEntry[]) => Promise<void>;
  stop: () => void;
  reset: () => void;
};

/** An import of many, a few at a time, which can be stopped in between: what was imported stays. */
function useImportRun(providerId: string): ImportRun {
  const { mutateAsync } = useImportModels(providerId);
  const [results, setResults] = useState<Imported[]>([]);
  const [of, setOf] = useState(0);
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isStopped = useRef(false);

  async function start(entries: CatalogEntry[]) {
    isStopped.current = false;
    setResults([]);
    setError(null);
    setOf(entries.length);
    setIsRunning(true);
    try {
      for (const batch of batchesOf(entries)) {
        if (isStopped.current) break;
        const { data } = await mutateAsync(batch);
        setResults((before) => [...before, ...data]);
      }
    } catch (failure) {
      setError(failure);
    }
    setIsRunning(false);
  }

  return {
    results,
    done: results.length,
    of,
    isRunning,
    error,
    start,
    stop: () => {
      isStopped.current = true;
    },
    reset: () => setOf(0),
  };
}
