import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { KeySettingsEditor } from "@/features/key-settings/KeySettingsEditor";
import { PacksPanel } from "@/features/packs/PacksPanel";
import { useMessages } from "@/messages";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { Page, Section } from "@/ui/Page";
import { Tabs } from "@/ui/Tabs";
import { KeyActions } from "./actions/KeyActions";
import { OverviewTab } from "./overview/OverviewTab";
import { StateBanner } from "./overview/StateBanner";
import { type KeyView, useKey, useRefreshKeys, useStanding } from "./queries";
import { StateBadge } from "./StateBadge";
import { stateOf } from "./states";
import { TABS, type TabId } from "./tabIds";
import { AlertsTab } from "./tabs/AlertsTab";
import { AuditTab } from "./tabs/AuditTab";
import { ChildrenTab } from "./tabs/ChildrenTab";
import { RequestsTab } from "./tabs/RequestsTab";
import { SpendTab } from "./tabs/SpendTab";

const route = getRouteApi("/shell/keys/$keyId");

/** Everything about one key. What moves while calls run is asked for again every few seconds. */
export function KeyPage() {
  const { keyId } = route.useParams();
  const m = useMessages().keyPage;
  const key = useKey(keyId);
  const standing = useStanding(keyId);

  if (key.data === undefined || standing.data === undefined) {
    const error = key.error ?? standing.error;
    return (
      <Page title={m.key} trail={<Link to="/keys">{m.keys}</Link>}>
        <Section>
          {error === null ? (
            <SkeletonRows rows={10} />
          ) : (
            <ErrorNote error={error} onRetry={() => void Promise.all([key.refetch(), standing.refetch()])} />
          )}
        </Section>
      </Page>
    );
  }
  // A key of its own for each: nothing that is open for one key stays open for the next.
  return <LoadedKey key={keyId} shown={key.data} standing={standing.data} />;
}

type Standing = NonNullable<ReturnType<typeof useStanding>["data"]>;

function LoadedKey({ shown, standing }: { shown: KeyView; standing: Standing }) {
  const m = useMessages().keyPage;
  const navigate = useNavigate();
  const { tab = "overview" } = route.useSearch();
  const refresh = useRefreshKeys();
  const state = stateOf(shown, standing);
  const contents: Record<TabId, () => React.ReactNode> = {
    overview: () => <OverviewTab shown={shown} standing={standing} />,
    spend: () => <SpendTab keyId={shown.id} zone={standing.zone} />,
    children: () => <ChildrenTab shown={shown} />,
    packs: () => <PacksPanel keyId={shown.id} />,
    alerts: () => <AlertsTab shown={shown} />,
    requests: () => <RequestsTab keyId={shown.id} />,
    audit: () => <AuditTab keyId={shown.id} />,
    settings: () => <KeySettingsEditor apiKey={shown} onSaved={() => void refresh()} />,
  };
  return (
    <Page
      title={shown.name}
      trail={<Trail above={standing.above} />}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <StateBadge state={state} />
          <code className="text-xs">{shown.id}</code>
          {shown.ownerEmail !== null && <span className="break-all">{shown.ownerEmail}</span>}
        </span>
      }
      actions={<KeyActions shown={shown} standing={standing} />}
    >
      <StateBanner shown={shown} standing={standing} state={state} />
      <Tabs
        label={m.tabNames.label}
        value={tab}
        onChange={(id) => void navigate({ to: "/keys/$keyId", params: { keyId: shown.id }, search: { tab: id } })}
        tabs={TABS.map((id) => ({ id, label: m.tabNames[id], content: contents[id] }))}
      />
    </Page>
  );
}

function Trail({ above }: { above: Standing["above"] }) {
  const m = useMessages().keyPage;
  return (
    <nav aria-label={m.trail}>
      <ol className="flex flex-wrap items-center gap-x-1.5">
        <li>
          <Link to="/keys" className="hover:underline">
            {m.keys}
          </Link>
        </li>
        {above.toReversed().map(({ keyId, name }) => (
          <li key={keyId} className="flex min-w-0 items-center gap-x-1.5">
            <span aria-hidden>/</span>
            <Link to="/keys/$keyId" params={{ keyId }} className="max-w-48 truncate hover:underline">
              {name}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
