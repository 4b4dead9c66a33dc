import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { EllipsisVertical, Pencil, SlidersHorizontal, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { useSession } from "@/app/session";
import { useProviderNames } from "@/features/providers/queries";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { CopyButton } from "@/ui/Copy";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton, SkeletonRows } from "@/ui/Feedback";
import { Menu } from "@/ui/Menu";
import { Page, Section } from "@/ui/Page";
import { Facts } from "./Facts";
import { HoursStrip } from "./HoursStrip";
import { ModelBadges, OriginBadge } from "./ModelBadges";
import { PriceDialog } from "./PriceDialog";
import { PriceHistory } from "./PriceHistory";
import { PriceNow } from "./PriceNow";
import type { Version } from "./prices";
import { type Model, useDeleteModel, useModel, useVersions } from "./queries";
import { SettingsDialog } from "./SettingsDialog";
import { Targets } from "./Targets";
import { WhatIf } from "./WhatIf";

/** A model: what it costs now, at which hours, where it is served, and how its price went. */
export function ModelPage() {
  const m = useMessages();
  const { modelId } = useParams({ from: "/shell/models/$modelId" });
  const { data: model, error, isPending, refetch } = useModel(modelId);
  if (isPending) {
    return (
      <Page title={m.app.pages.models}>
        <Skeleton className="h-64 w-full" />
      </Page>
    );
  }
  if (error !== null) {
    return (
      <Page title={m.app.pages.models} trail={<Trail />}>
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  return <ShownModel key={model.id} model={model} />;
}

function ShownModel({ model }: { model: Model }) {
  const m = useMessages().models;
  const providerName = useProviderNames();
  const versions = useVersions(model.id);
  const [choice, setChoice] = useState("");
  const whatIf = useRef<HTMLDivElement>(null);

  function ask(version: Version) {
    setChoice(`version:${version.priceVersion}`);
    whatIf.current?.scrollIntoView({ block: "start" });
  }

  return (
    <Page
      title={model.systemName}
      trail={<Trail />}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {m.types[model.modelType]} · {providerName(model.providerId)} <ModelBadges model={model} />
          {model.priceVersion !== null && <OriginBadge prices={model} />}
        </span>
      }
      actions={<Actions model={model} />}
    >
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Section title={m.price.title} hint={m.perMillion}>
          {!model.priced && model.priceVersion !== null && <p className="mb-3 text-bad">{m.price.incomplete}</p>}
          <PriceNow prices={model} none={model.priced ? m.price.listed : m.price.none} />
        </Section>
        <Section title={m.facts.title}>
          <Facts model={model} />
        </Section>
      </div>
      {model.windows.length > 0 && (
        <Section title={m.hours.title}>
          <HoursStrip windows={model.windows} />
        </Section>
      )}
      <Section title={m.targets.title} hint={m.targets.hint}>
        <Targets model={model} providerName={providerName} />
      </Section>
      <Section title={m.history.title} hint={m.history.hint}>
        {versions.isPending && <SkeletonRows rows={3} />}
        {versions.error !== null && <ErrorNote error={versions.error} onRetry={() => void versions.refetch()} />}
        {versions.data !== undefined && (
          <PriceHistory versions={versions.data} providerName={providerName} onWhatIf={ask} />
        )}
      </Section>
      <div ref={whatIf} className="scroll-mt-16">
        <Section title={m.whatIf.title} hint={m.whatIf.hint}>
          <WhatIf model={model} versions={versions.data ?? []} choice={choice} onChoose={setChoice} />
        </Section>
      </div>
    </Page>
  );
}

function Actions({ model }: { model: Model }) {
  const m = useMessages().models;
  const { can } = useSession();
  const navigate = useNavigate();
  const remove = useDeleteModel(model.id);
  const [opened, setOpened] = useState<"price" | "settings" | "delete" | null>(null);
  const close = () => setOpened(null);
  if (!can("updateModel")) return <CopyButton text={model.systemName} />;
  return (
    <>
      <Button icon={SlidersHorizontal} onClick={() => setOpened("settings")}>
        {m.actions.edit}
      </Button>
      <Button kind="primary" icon={Pencil} onClick={() => setOpened("price")}>
        {m.actions.editPrice}
      </Button>
      <Menu
        trigger={<IconButton label={m.actions.more} icon={EllipsisVertical} />}
        actions={[{ label: m.actions.delete, icon: Trash2, isDangerous: true, onSelect: () => setOpened("delete") }]}
      />
      {opened === "price" && <PriceDialog model={model} onClose={close} />}
      {opened === "settings" && <SettingsDialog model={model} onClose={close} />}
      {opened === "delete" && (
        <ConfirmByName
          title={m.deletion.title(model.systemName)}
          consequence={m.deletion.consequence}
          name={model.systemName}
          action={m.deletion.action}
          onConfirm={async () => {
            await remove.mutateAsync(model.revision);
            await navigate({ to: "/models" });
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
    <Link to="/models" className="text-accent hover:underline">
      {pages.models}
    </Link>
  );
}
