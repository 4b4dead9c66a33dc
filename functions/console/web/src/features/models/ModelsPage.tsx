import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Download, Plus } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useSession } from "@/app/session";
import { useProviderNames, useProviders } from "@/features/providers/queries";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Checkbox, Input, Select } from "@/ui/Field";
import { Count } from "@/ui/Money";
import { Page, Section } from "@/ui/Page";
import { useDebounced } from "@/ui/useDebounced";
import { ImportDialog } from "./ImportDialog";
import { ModelBadges } from "./ModelBadges";
import { NewModelDialog } from "./NewModelDialog";
import { Price } from "./Price";
import { type Model, useModels } from "./queries";
import type { ModelsSearch } from "./routes";

/** The models that clients can call, with what they cost. */
export function ModelsPage() {
  const m = useMessages().models;
  const { pages } = useMessages().app;
  const { can } = useSession();
  const [opened, setOpened] = useState<"import" | "new" | null>(null);
  const providers = useProviders();
  const close = () => setOpened(null);
  return (
    <Page
      title={pages.models}
      subtitle={m.perMillion}
      actions={
        providers.length > 0 && (
          <>
            {can("importModels") && (
              <Button icon={Download} onClick={() => setOpened("import")}>
                {m.import}
              </Button>
            )}
            {can("createModel") && (
              <Button kind="primary" icon={Plus} onClick={() => setOpened("new")}>
                {m.newModel}
              </Button>
            )}
          </>
        )
      }
    >
      <ModelList onImport={() => setOpened("import")} />
      {opened === "import" && <ImportDialog onClose={close} />}
      {opened === "new" && <NewModelDialog providerId={providers[0]?.id ?? ""} onClose={close} />}
    </Page>
  );
}

function ModelList({ onImport }: { onImport: () => void }) {
  const m = useMessages().models;
  const search = useSearch({ from: "/shell/models" });
  const { q, provider, unpriced } = search;
  const list = useModels({
    ...(q === undefined ? {} : { search: q }),
    ...(provider === undefined ? {} : { providerId: provider }),
    ...(unpriced === true ? { priced: false } : {}),
  });
  const columns = useColumns();
  const isFiltered = Object.keys(search).length > 0;
  return (
    <Section>
      <Filters search={search} />
      {list.error !== null && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending ? (
        <SkeletonRows />
      ) : (
        <DataTable
          label={m.list}
          columns={columns}
          rows={list.items}
          idOf={({ id }) => id}
          empty={isFiltered ? <Empty title={m.empty.none} hint={m.empty.noneHint} /> : <NoModels onImport={onImport} />}
        />
      )}
      <LoadMore hasMore={list.hasMore} isLoading={list.isFetchingNextPage} onMore={list.fetchMore} />
    </Section>
  );
}

function Filters({ search }: { search: ModelsSearch }) {
  const m = useMessages().models;
  const navigate = useNavigate({ from: "/models" });
  const providers = useProviders();
  const [typed, setTyped] = useState(search.q ?? "");
  const wanted = useDebounced(typed.trim());
  const put = (changes: ModelsSearch) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  // Only what one has typed changes the URL.
  // biome-ignore lint/correctness/useExhaustiveDependencies: navigation alone must not put the text back
  useEffect(() => put({ q: wanted === "" ? undefined : wanted }), [wanted]);
  return (
    <div className="mb-3 flex flex-wrap items-center gap-3">
      <Input
        type="search"
        aria-label={m.search}
        placeholder={m.search}
        className="max-w-72"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Select
        aria-label={m.provider}
        className="max-w-52"
        value={search.provider ?? ""}
        onChange={(event) => put({ provider: event.target.value === "" ? undefined : event.target.value })}
        options={[["", m.allProviders], ...providers.map(({ id, name }) => [id, name] as const)]}
      />
      <Checkbox
        label={m.onlyUnpriced}
        checked={search.unpriced === true}
        onChange={(event) => put({ unpriced: event.target.checked ? true : undefined })}
      />
    </div>
  );
}

function useColumns(): Array<Column<Model>> {
  const m = useMessages().models;
  const providerName = useProviderNames();
  const price = (id: "inputPrice" | "outputPrice" | "cachedInputPrice", header: ReactNode): Column<Model> => ({
    id,
    header,
    align: "right",
    cell: (model) => <Price value={model[id]} />,
    ...(id === "cachedInputPrice" ? { hideBelow: "md" as const } : {}),
  });
  return [
    {
      id: "model",
      header: m.columns.model,
      cell: (model) => (
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link
            to="/models/$modelId"
            params={{ modelId: model.id }}
            className="font-medium break-all text-accent hover:underline"
          >
            {model.systemName}
          </Link>
          <ModelBadges model={model} />
        </span>
      ),
    },
    {
      id: "provider",
      header: m.columns.provider,
      hideBelow: "sm",
      cell: ({ providerId, alternatives }) => (
        <>
          {providerName(providerId)}
          {alternatives.length > 0 && <span className="text-sm text-muted"> {m.more(alternatives.length)}</span>}
        </>
      ),
    },
    { id: "type", header: m.columns.type, hideBelow: "lg", cell: ({ modelType }) => m.types[modelType] },
    price("inputPrice", m.columns.input),
    price("cachedInputPrice", m.columns.cached),
    price("outputPrice", m.columns.output),
    {
      id: "context",
      header: m.columns.context,
      align: "right",
      hideBelow: "lg",
      cell: ({ contextLimit }) => (contextLimit === null ? "–" : <Count value={contextLimit} />),
    },
  ];
}

function NoModels({ onImport }: { onImport: () => void }) {
  const m = useMessages().models;
  const { can } = useSession();
  const providers = useProviders();
  if (providers.length === 0) {
    return (
      <Empty
        title={m.empty.noProvider}
        hint={m.empty.noProviderHint}
        action={
          <Link to="/providers" className="text-accent underline">
            {m.empty.toProviders}
          </Link>
        }
      />
    );
  }
  return (
    <Empty
      title={m.empty.title}
      hint={m.empty.hint}
      action={can("importModels") && <Button onClick={onImport}>{m.import}</Button>}
    />
  );
}
