import { Ban, Check } from "lucide-react";
import { useSession, type Viewer } from "@/app/session";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { CopyButton } from "@/ui/Copy";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { Page } from "@/ui/Page";
import { Tabs } from "@/ui/Tabs";
import { ChildKeys } from "./ChildKeys";
import { HigherLimits } from "./HigherLimits";
import { useOwnKey, useUsage } from "./queries";
import { HOLDER_TABS, type HolderTab, holderRoute } from "./routes";
import { SpendingTab } from "./SpendingTab";
import { UsingTab } from "./UsingTab";

/** What the holder of a client key sees of it; nothing here asks the admin API. */
export function HolderPage() {
  const { viewer } = useSession();
  return viewer?.kind === "holder" ? <Own viewer={viewer} /> : null;
}

function Own({ viewer }: { viewer: Viewer & { kind: "holder" } }) {
  const m = useMessages().holder;
  const { tab = "spending", days = 30, parent } = holderRoute.useSearch();
  const navigate = holderRoute.useNavigate();
  const usage = useUsage(days);
  const key = useOwnKey(viewer.keyId);
  const open = (next: HolderTab) => void navigate({ search: { tab: next === "spending" ? undefined : next } });

  const contents: Record<HolderTab, () => React.ReactNode> = {
    spending: () => <SpendingTab usage={usage} days={days} onAsk={() => open("limits")} />,
    keys: () => <ChildKeys own={key.data} parentId={parent ?? viewer.keyId} />,
    limits: () => <HigherLimits budgets={usage.data?.budgets} canDecide={key.data?.manageChildren === true} />,
    use: () => <UsingTab keyId={viewer.keyId} />,
  };
  return (
    <Page
      title={usage.data?.name ?? viewer.name}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <code>{viewer.keyId}</code>
          <CopyButton text={viewer.keyId} />
          {usage.data?.status === "active" && (
            <Badge tone="good" icon={Check}>
              {m.statuses.active}
            </Badge>
          )}
        </span>
      }
    >
      {usage.data?.blockedBy.map(({ scope, window }) => (
        <p
          key={`${scope}-${window}`}
          role="status"
          className="flex items-start gap-2 rounded border border-bad/40 bg-bad-soft px-3 py-2"
        >
          <Ban size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
          {m.blockedAbove(m.windows[window] ?? window)}
        </p>
      ))}
      {usage.error !== null && usage.data === undefined ? (
        <ErrorNote error={usage.error} onRetry={() => void usage.refetch()} />
      ) : usage.data === undefined ? (
        <SkeletonRows />
      ) : (
        <Tabs
          label={m.tabs.label}
          value={tab}
          onChange={open}
          tabs={HOLDER_TABS.map((id) => ({ id, label: m.tabs[id], content: contents[id] }))}
        />
      )}
    </Page>
  );
}
