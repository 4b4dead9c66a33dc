import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Menu } from "@/ui/Menu";
import { Time } from "@/ui/Time";
import { KeyBadges } from "./KeyBadges";
import { HIDDEN, indentation } from "./KeyTable";
import { Budget, Quota } from "./Limits";
import type { ListedKey } from "./queries";
import { useSelection, useShown } from "./selection";
import { useKeyActions } from "./useKeyActions";

type KeyRowProps = {
  apiKey: ListedKey;
  /** Where a tree shows it; the keys above it have rows of their own. */
  branch?: { depth: number; isOpen: boolean; onToggle: () => void };
};

/** A key: its name with its states, its limits, whose it is, and when it was used. */
export function KeyRow({ apiKey, branch }: KeyRowProps) {
  const m = useMessages().keys.list;
  const selection = useSelection();
  const actions = useKeyActions(apiKey);
  useShown(apiKey);
  const { id, name, ownerEmail, priority, lastUsedAt } = apiKey;
  return (
    <tr className="border-b border-line/70 align-top last:border-0 hover:bg-accent-soft/40">
      {selection.isPossible && (
        <td className="py-2">
          <input
            type="checkbox"
            aria-label={m.select(name)}
            className="mt-0.5 size-4 accent-accent"
            checked={selection.chosen.has(id)}
            onChange={() => selection.toggle(apiKey)}
          />
        </td>
      )}
      <td className="py-2 pr-4">
        <div className="flex min-w-0 items-start gap-1" style={{ paddingInlineStart: indentation(branch?.depth ?? 0) }}>
          {branch !== undefined && <Expander apiKey={apiKey} isOpen={branch.isOpen} onToggle={branch.onToggle} />}
          <div className="min-w-0 flex-1">
            {branch === undefined && <Way names={apiKey.pathNames} />}
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <Link
                to="/keys/$keyId"
                params={{ keyId: id }}
                title={name}
                className="max-w-full truncate font-medium text-ink hover:text-accent hover:underline"
              >
                {/* Isolated, so that a name in a script from right to left turns nothing around it. */}
                <bdi>{name}</bdi>
              </Link>
              <KeyBadges apiKey={apiKey} />
            </div>
            <OnPhones>
              {(apiKey.budgetLimit !== null || apiKey.quotaUsed === null) && <Budget apiKey={apiKey} />}
              {apiKey.quotaUsed !== null && <Quota apiKey={apiKey} />}
            </OnPhones>
          </div>
        </div>
      </td>
      <td className={cx("py-2 pr-5", HIDDEN.limits)}>
        <Budget apiKey={apiKey} />
      </td>
      <td className={cx("py-2 pr-5", HIDDEN.limits)}>
        <Quota apiKey={apiKey} />
      </td>
      <td className={cx("truncate py-2 pr-4 text-sm", HIDDEN.owner)} title={ownerEmail ?? undefined}>
        {ownerEmail ?? <span className="text-muted">{m.noOwner}</span>}
      </td>
      <td className={cx("py-2 pr-4 text-sm", HIDDEN.priority, priority === "normal" && "text-muted")}>
        {m.priorities[priority]}
      </td>
      <td className={cx("py-2 pr-2 text-sm", HIDDEN.lastUsed)}>
        {lastUsedAt === null ? (
          <span className="text-muted">{m.neverUsed}</span>
        ) : (
          <Time value={lastUsedAt} as="relative" />
        )}
      </td>
      <td className="py-1 text-right">
        <Menu trigger={<IconButton label={m.actionsOf(name)} icon={Ellipsis} />} actions={actions} />
      </td>
    </tr>
  );
}

function Expander({ apiKey, isOpen, onToggle }: { apiKey: ListedKey; isOpen: boolean; onToggle: () => void }) {
  const m = useMessages().keys.list;
  if (apiKey.childCount === 0) return <span aria-hidden className="w-6 shrink-0" />;
  const Icon = isOpen ? ChevronDown : ChevronRight;
  const label = isOpen ? m.close(apiKey.name) : m.open(apiKey.name, apiKey.childCount);
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      aria-label={label}
      title={label}
      onClick={onToggle}
      className="-my-0.5 inline-flex size-6 shrink-0 items-center justify-center rounded text-muted hover:bg-sunken hover:text-ink"
    >
      <Icon size={16} aria-hidden />
    </button>
  );
}

/** The names of the keys above one, from the root down. */
function Way({ names }: { names: readonly string[] }) {
  const above = names.slice(0, -1);
  if (above.length === 0) return null;
  return (
    <div className="truncate text-xs text-muted" title={above.join(" › ")}>
      {above.map((name, depth) => (
        <span key={depth}>
          <bdi>{name}</bdi>
          {" › "}
        </span>
      ))}
    </div>
  );
}

function OnPhones({ children }: { children: ReactNode }) {
  return <div className="mt-2 space-y-2 md:hidden">{children}</div>;
}
