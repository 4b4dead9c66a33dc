import { useState } from "react";
import { useCallsUrl } from "@/features/sign-in/consoleConfig";
import { useMessages } from "@/messages";
import { Code } from "@/ui/Copy";
import { cx } from "@/ui/cx";
import { Field, Select } from "@/ui/Field";
import { CLIENTS, type SnippetClient, UNKNOWN_SECRET } from "./clients";
import type { CallableModel } from "./models";

type SnippetsProps = {
  /** The key's secret where it is known, and only then: the moment that the key was made or rotated. */
  secret: string | null;
  /** What the key may call, the one to begin with first. */
  models: readonly CallableModel[];
};

const GROUPS = ["basics", "sdks", "frameworks", "agents"] as const;
const FIRST = "curl";

/** How to call this stack with a key, for each client: chosen, and ready to be copied. */
export function Snippets({ secret, models }: SnippetsProps) {
  const m = useMessages().keys.snippets;
  const stackUrl = useCallsUrl();
  const [clientId, setClientId] = useState(FIRST);
  const [chosenModel, setChosenModel] = useState<string | null>(null);
  const client = CLIENTS.find(({ id }) => id === clientId);
  if (client === undefined) return null;

  const usable = models.filter(({ api }) => api === client.api);
  const model = usable.find(({ name }) => name === chosenModel) ?? usable[0];
  const parts = client.parts({
    stackUrl,
    secret: secret ?? UNKNOWN_SECRET,
    model: model?.name ?? m.noModelName,
  });
  const note = m.notes[client.id];
  return (
    <div className="space-y-4">
      <ClientChoice chosen={client} onChoose={setClientId} />
      {usable.length > 1 && (
        <Field label={m.model} className="max-w-sm">
          <Select
            options={usable.map(({ name }) => [name, name])}
            value={model?.name}
            onChange={(event) => setChosenModel(event.target.value)}
          />
        </Field>
      )}
      {usable.length === 0 && <p className="text-sm text-warn">{m.noModel(m.apis[client.api])}</p>}
      {parts.map(({ file, text }) => (
        <div key={text}>
          <p className="mb-1 text-sm text-muted">{file === undefined ? m.shell : <code>{file}</code>}</p>
          <Code text={text} />
        </div>
      ))}
      <div className="max-w-prose space-y-1 text-sm text-muted">
        {note !== undefined && <p>{note}</p>}
        <p>{secret === null ? m.placeholder(UNKNOWN_SECRET) : m.keepOut}</p>
      </div>
    </div>
  );
}

function ClientChoice({ chosen, onChoose }: { chosen: SnippetClient; onChoose: (id: string) => void }) {
  const m = useMessages().keys.snippets;
  return (
    <fieldset className="grid gap-x-4 gap-y-2 sm:grid-cols-[max-content_1fr]">
      <legend className="sr-only">{m.clients}</legend>
      {GROUPS.map((group) => (
        <div key={group} className="contents">
          <span className="text-sm text-muted sm:py-1">{m.groups[group]}</span>
          <div className="flex flex-wrap gap-1.5">
            {CLIENTS.filter((client) => client.group === group).map(({ id, name }) => (
              <button
                key={id}
                type="button"
                aria-pressed={id === chosen.id}
                onClick={() => onChoose(id)}
                className={cx(
                  "rounded border px-2 py-1 text-sm",
                  id === chosen.id
                    ? "border-accent bg-accent-soft font-semibold text-accent"
                    : "border-line bg-surface hover:bg-sunken",
                )}
              >
                {name}
              </button>
            ))}
          </div>
        </div>
      ))}
    </fieldset>
  );
}
