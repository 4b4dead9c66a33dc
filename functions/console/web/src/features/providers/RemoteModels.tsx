import { Link } from "@tanstack/react-router";
import { Plus, RefreshCw } from "lucide-react";
import { useState } from "react";
import { ApiError } from "@/api/errors";
import { useLocale } from "@/app/preferences";
import { useSession } from "@/app/session";
import { NewModelDialog } from "@/features/models/NewModelDialog";
import { useCatalog, useImportModels } from "@/features/models/queries";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { Checkbox, Input } from "@/ui/Field";
import { type RemoteModel, useRemoteModels } from "./queries";

const STEP = 50;

/** What a provider says it has, asked for when one wants to know, and a way to add what isn't set up yet. */
export function RemoteModels({ providerId }: { providerId: string }) {
  const m = useMessages().providers.remote;
  const [isWanted, setIsWanted] = useState(false);
  const { data, error, isFetching, refetch } = useRemoteModels(providerId, isWanted);
  if (!isWanted) {
    return (
      <Button icon={RefreshCw} onClick={() => setIsWanted(true)}>
        {m.ask}
      </Button>
    );
  }
  if (isFetching && data === undefined) return <SkeletonRows rows={4} />;
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined || data.length === 0) return <p className="text-muted">{m.none}</p>;
  return <RemoteTable providerId={providerId} models={data} />;
}

function RemoteTable({ providerId, models }: { providerId: string; models: RemoteModel[] }) {
  const m = useMessages().providers.remote;
  const count = new Intl.NumberFormat(useLocale());
  const [filter, setFilter] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const [shown, setShown] = useState(STEP);
  const found = models.filter(
    ({ id, systemNames }) =>
      id.toLowerCase().includes(filter.trim().toLowerCase()) && !(isMissing && systemNames.length > 0),
  );
  const adding = useAdding(providerId);
  const columns: Array<Column<RemoteModel>> = [
    { id: "id", header: m.name, cell: ({ id }) => <code className="text-sm break-all">{id}</code> },
    { id: "setUp", header: m.setUp, cell: (model) => <SetUp model={model} /> },
    ...(adding.isAllowed
      ? [
          {
            id: "add",
            header: "",
            align: "right" as const,
            cell: (model: RemoteModel) =>
              model.systemNames.length === 0 && (
                <span className="inline-flex flex-wrap items-center justify-end gap-2">
                  {adding.isKnown(model.id) && <Badge tone="good">{m.known}</Badge>}
                  <Button
                    size="small"
                    icon={Plus}
                    aria-label={m.addNamed(model.id)}
                    disabled={!adding.isReady}
                    isBusy={adding.busy === model.id}
                    onClick={() => void adding.add(model.id)}
                  >
                    {m.add}
                  </Button>
                </span>
              ),
          },
        ]
      : []),
  ];
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center gap-3">
        <Input
          type="search"
          aria-label={m.search}
          placeholder={m.search}
          className="max-w-64"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <Checkbox label={m.onlyMissing} checked={isMissing} onChange={(event) => setIsMissing(event.target.checked)} />
        <span className="text-sm text-muted">{m.count(count.format(found.length), count.format(models.length))}</span>
      </div>
      {adding.error !== null && <ErrorNote error={adding.error} />}
      <DataTable
        label={m.name}
        rows={found.slice(0, shown)}
        idOf={({ id }) => id}
        columns={columns}
        empty={<p className="text-muted">{m.nothing}</p>}
      />
      {found.length > shown && <Button onClick={() => setShown(shown + STEP)}>{m.more}</Button>}
      {adding.asked !== null && (
        <NewModelDialog providerId={providerId} remoteId={adding.asked} onClose={adding.close} />
      )}
    </div>
  );
}

function SetUp({ model: { systemNames } }: { model: RemoteModel }) {
  const m = useMessages().providers.remote;
  if (systemNames.length === 0) return <span className="text-muted">{m.notSetUp}</span>;
  return (
    <span className="flex flex-wrap gap-x-2">
      {systemNames.map((name) => (
        <Link key={name} to="/models" search={{ q: name }} className="break-all text-accent underline">
          {name}
        </Link>
      ))}
    </span>
  );
}

/** Adds at once what the catalog has a price for, and asks for the price of anything else. */
function useAdding(providerId: string) {
  const { can } = useSession();
  const catalog = useCatalog(providerId, { state: "new" });
  const known = new Set(catalog.items.map(({ systemName }) => systemName));
  const { mutateAsync } = useImportModels(providerId);
  const [busy, setBusy] = useState<string | null>(null);
  const [asked, setAsked] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);

  async function add(id: string) {
    setError(null);
    if (!known.has(id)) return setAsked(id);
    setBusy(id);
    try {
      const [imported] = (await mutateAsync({ systemNames: [id], existing: "keep" })).data;
      if (imported?.outcome === "refused") {
        const { detail, errors } = imported;
        setError(new ApiError({ status: 409, detail: detail ?? "", requestId: null, fields: errors }));
      }
    } catch (failure) {
      setError(failure);
    }
    setBusy(null);
  }

  return {
    isAllowed: can("importModels"),
    /** Before the catalog's names are there, nobody knows whether to ask for a price. */
    isReady: !catalog.isPending,
    isKnown: (id: string) => known.has(id),
    add,
    busy,
    asked,
    error,
    close: () => setAsked(null),
  };
}
