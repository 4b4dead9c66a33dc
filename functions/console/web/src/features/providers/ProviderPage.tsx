import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Download, EllipsisVertical, Pencil, PlugZap, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useSession } from "@/app/session";
import { ImportDialog } from "@/features/models/ImportDialog";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { CopyButton } from "@/ui/Copy";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { Menu } from "@/ui/Menu";
import { Page, Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { KeyBadge } from "./KeyBadge";
import { EditProviderDialog } from "./ProviderDialog";
import { type Provider, useDeleteProvider, useProvider, useTestProvider } from "./queries";
import { RemoteModels } from "./RemoteModels";
import { TestResult } from "./TestResult";

/** A provider: how it is asked, whether it answers, and which models it has. */
export function ProviderPage() {
  const { pages } = useMessages().app;
  const { providerId } = useParams({ from: "/shell/providers/$providerId" });
  const { data: provider, error, isPending, refetch } = useProvider(providerId);
  if (isPending) {
    return (
      <Page title={pages.providers}>
        <Skeleton className="h-64 w-full" />
      </Page>
    );
  }
  if (error !== null) {
    return (
      <Page title={pages.providers} trail={<Trail />}>
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  return <ShownProvider key={provider.id} provider={provider} />;
}

function ShownProvider({ provider }: { provider: Provider }) {
  const m = useMessages().providers;
  const { can } = useSession();
  return (
    <Page
      title={provider.name}
      trail={<Trail />}
      subtitle={
        <span className="flex flex-wrap items-center gap-2">
          <span className="break-all">{provider.baseUrl}</span> <KeyBadge provider={provider} />
        </span>
      }
      actions={<Actions provider={provider} />}
    >
      <div className="grid items-start gap-5 xl:grid-cols-2">
        <Section
          title={m.facts.title}
          actions={
            <Link to="/models" search={{ provider: provider.id }} className="text-accent underline">
              {m.served.title}
            </Link>
          }
        >
          <Facts provider={provider} />
        </Section>
        {can("checkProvider") && (
          <Section title={m.test.title} hint={m.test.hint}>
            <Test key={provider.revision} provider={provider} />
          </Section>
        )}
      </div>
      <Section title={m.remote.title} hint={m.remote.hint}>
        <RemoteModels providerId={provider.id} />
      </Section>
    </Page>
  );
}

function Test({ provider }: { provider: Provider }) {
  const m = useMessages().providers;
  const test = useTestProvider(provider.id);
  return (
    <div className="space-y-3">
      <Button icon={PlugZap} isBusy={test.isPending} onClick={() => test.mutate()}>
        {m.actions.test}
      </Button>
      {test.data !== undefined && !test.isPending && <TestResult result={test.data} />}
      {test.error !== null && <ErrorNote error={test.error} />}
    </div>
  );
}

function Facts({ provider }: { provider: Provider }) {
  const m = useMessages().providers;
  const facts: Array<readonly [string, ReactNode]> = [
    [m.facts.type, m.types[provider.type]],
    [m.facts.vendor, m.vendorName(provider.vendor)],
    [m.facts.authHeader, m.form.authHeaders[provider.authHeader] ?? <code key="header">{provider.authHeader}</code>],
    [m.facts.outputLimitName, <code key="limit">{provider.outputLimitName}</code>],
    [m.facts.streamUsage, m.form.streamUsages[provider.streamUsage]],
    [m.facts.betaHeaders, provider.betaHeaders.length === 0 ? m.facts.none : provider.betaHeaders.join(", ")],
    [m.facts.apis, <Apis key="apis" provider={provider} />],
    [m.facts.changed, <Time key="changed" value={provider.updatedAt} />],
    [
      m.facts.id,
      <span key="id" className="inline-flex min-w-0 items-center">
        <code className="min-w-0 text-sm break-all">{provider.id}</code>
        <CopyButton text={provider.id} />
      </span>,
    ],
  ];
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)] items-center gap-x-4 gap-y-1.5">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Apis({ provider }: { provider: Provider }) {
  const m = useMessages().providers;
  return (
    <>
      <ul className="space-y-1">
        {provider.apis.map(({ api, baseUrl, authHeader }) => (
          <li key={api}>
            {m.apiName[api]}
            <span className="text-muted">{` · ${m.form.authHeaders[authHeader] ?? authHeader}`}</span>
            <p className="text-xs break-all text-muted">{baseUrl}</p>
          </li>
        ))}
      </ul>
      <p className="text-xs text-muted">{provider.apisStated ? m.facts.apisStated : m.facts.apisUnstated}</p>
    </>
  );
}

function Actions({ provider }: { provider: Provider }) {
  const m = useMessages().providers;
  const { can } = useSession();
  const navigate = useNavigate();
  const remove = useDeleteProvider(provider.id);
  const [opened, setOpened] = useState<"edit" | "import" | "delete" | null>(null);
  const close = () => setOpened(null);
  if (!can("updateProvider")) return null;
  return (
    <>
      <Button icon={Download} onClick={() => setOpened("import")}>
        {m.actions.import}
      </Button>
      <Button kind="primary" icon={Pencil} onClick={() => setOpened("edit")}>
        {m.actions.edit}
      </Button>
      <Menu
        trigger={<IconButton label={m.actions.more} icon={EllipsisVertical} />}
        actions={[{ label: m.actions.delete, icon: Trash2, isDangerous: true, onSelect: () => setOpened("delete") }]}
      />
      {opened === "edit" && <EditProviderDialog provider={provider} onClose={close} />}
      {opened === "import" && <ImportDialog providerId={provider.id} onClose={close} />}
      {opened === "delete" && (
        <ConfirmByName
          title={m.deletion.title(provider.name)}
          consequence={m.deletion.consequence}
          name={provider.name}
          action={m.deletion.action}
          onConfirm={async () => {
            await remove.mutateAsync(provider.revision);
            await navigate({ to: "/providers" });
          }}
          onClose={close}
        />
      )}
    </>
  );
}

function Trail() {
  const { pages } = useMessages().app;
  return (
    <Link to="/providers" className="text-accent hover:underline">
      {pages.providers}
    </Link>
  );
}
