import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, Filter } from "lucide-react";
import { useId, useState } from "react";
import { useModelNames, useProviderNames } from "@/features/requests/queries";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { Diff } from "@/ui/Diff";
import { type Difference, differences } from "@/ui/differences";
import { Time } from "@/ui/Time";
import { pageOf } from "./filters";
import type { Change } from "./queries";

/** So many differences are told in the entry's own line. */
const TOLD = 2;

type ChangeEntryProps = { change: Change; onActor: () => void; onEntity: () => void };

/** A change: who, what, when; opened, all that differs. */
export function ChangeEntry({ change, onActor, onEntity }: ChangeEntryProps) {
  const m = useMessages().audit;
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const found = differences(change.before, change.after);
  const Icon = isOpen ? ChevronDown : ChevronRight;
  return (
    <li className="py-2">
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2 md:grid-cols-[auto_10.5rem_minmax(0,1fr)_minmax(0,14rem)]">
        <IconButton
          label={isOpen ? m.hide : m.show}
          icon={Icon}
          aria-expanded={isOpen}
          aria-controls={id}
          className="self-start"
          onClick={() => setIsOpen(!isOpen)}
        />
        <span className="py-1 text-sm text-muted max-md:order-3 max-md:col-start-2">
          <Time value={change.at} />
        </span>
        <div className="min-w-0 py-0.5">
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            {change.actions.map((action) => (
              <Badge key={action} tone={toneOf(action)}>
                {m.actions[action as keyof typeof m.actions] ?? action}
              </Badge>
            ))}
            <Entity change={change} />
            <IconButton label={m.onlyThis} icon={Filter} className="p-0.5!" onClick={onEntity} />
          </span>
          {!isOpen && Object.keys(change.before).length > 0 && <Summary found={found} />}
        </div>
        <span className="min-w-0 py-1 text-sm max-md:order-4 max-md:col-start-2">
          <button
            type="button"
            className="max-w-full truncate underline-offset-2 hover:underline"
            title={m.onlyActor}
            onClick={onActor}
          >
            {change.actorName}
          </button>
        </span>
      </div>
      <div id={id} hidden={!isOpen} className="mt-2 md:ml-9">
        {isOpen && (
          <>
            <Diff before={change.before} after={change.after} />
            {change.requestId !== null && (
              <p className="mt-1 text-xs text-muted">
                {m.requestId} <code className="break-all">{change.requestId}</code>
              </p>
            )}
          </>
        )}
      </div>
    </li>
  );
}

/** What was changed, as a link to its page. */
function Entity({ change }: { change: Change }) {
  const m = useMessages().audit;
  const page = pageOf(change.entity);
  const models = useModelNames();
  const providers = useProviderNames();
  const inCatalog = models.get(change.entity) ?? providers.get(change.entity);
  const named =
    change.entityName ?? inCatalog ?? nameIn(change) ?? m.entities[change.entity as keyof typeof m.entities];
  const text = named ?? <code>{change.entity}</code>;
  if (page === null) return <span className="break-words">{text}</span>;
  return (
    <Link {...page} className="min-w-0 font-medium break-words underline-offset-2 hover:underline">
      {text}
    </Link>
  );
}

function Summary({ found }: { found: Difference[] }) {
  const m = useMessages().audit;
  const uis = useMessages().ui.diff;
  if (found.length === 0 || found.length > 6) return <p className="text-sm text-muted">{m.fields(found.length)}</p>;
  return (
    <p className="truncate text-sm text-muted">
      {found.slice(0, TOLD).map(({ path, before, after }) => (
        <span key={path} className="mr-3">
          <code>{path}</code>: {before ?? uis.unset} → {after ?? uis.unset}
        </span>
      ))}
      {found.length > TOLD && m.more(found.length - TOLD)}
    </p>
  );
}

/** The name that a provider, a model or an admin had at that time. */
function nameIn({ before, after }: Change): string | undefined {
  for (const state of [after, before]) {
    const name = state.name ?? state.systemName;
    if (typeof name === "string") return name;
  }
  return undefined;
}

function toneOf(action: string): "bad" | "good" | "neutral" {
  if (/\.(delete|revoke|void|deny)$/.test(action)) return "bad";
  return /\.(create|approve|reinstate)$/.test(action) ? "good" : "neutral";
}
