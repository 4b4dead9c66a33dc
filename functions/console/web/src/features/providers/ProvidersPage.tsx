import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { DataTable } from "@/ui/DataTable";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Input } from "@/ui/Field";
import { Page, Section } from "@/ui/Page";
import { useDebounced } from "@/ui/useDebounced";
import { KeyBadge } from "./KeyBadge";
import { NewProviderDialog } from "./ProviderDialog";
import { useProviderList } from "./queries";

/** The endpoints where models are served. */
export function ProvidersPage() {
  const m = useMessages().providers;
  const { pages } = useMessages().app;
  const { can } = useSession();
  const [search, setSearch] = useState("");
  const [isAdding, setIsAdding] = useState(false);
  const wanted = useDebounced(search.trim());
  const list = useProviderList(wanted);
  const add = can("createProvider") && (
    <Button kind="primary" icon={Plus} onClick={() => setIsAdding(true)}>
      {m.newProvider}
    </Button>
  );
  return (
    <Page title={pages.providers} actions={add}>
      <Section>
        <Input
          type="search"
          aria-label={m.search}
          placeholder={m.search}
          className="mb-3 max-w-72"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        {list.error !== null && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending ? (
          <SkeletonRows rows={4} />
        ) : (
          <DataTable
            label={m.list}
            rows={list.items}
            idOf={({ id }) => id}
            empty={
              wanted === "" ? (
                <Empty title={m.empty.title} hint={m.empty.hint} action={add} />
              ) : (
                <Empty title={m.empty.none} hint={m.empty.noneHint} />
              )
            }
            columns={[
              {
                id: "name",
                header: m.columns.name,
                cell: ({ id, name }) => (
                  <Link
                    to="/providers/$providerId"
                    params={{ providerId: id }}
                    className="font-medium break-words text-accent hover:underline"
                  >
                    {name}
                  </Link>
                ),
              },
              { id: "type", header: m.columns.type, cell: ({ type }) => m.types[type] },
              {
                id: "url",
                header: m.columns.url,
                hideBelow: "sm",
                cell: ({ baseUrl }) => <span className="text-sm break-all">{baseUrl}</span>,
              },
              { id: "vendor", header: m.columns.vendor, hideBelow: "md", cell: ({ vendor }) => m.vendorName(vendor) },
              { id: "key", header: m.columns.key, cell: (provider) => <KeyBadge provider={provider} /> },
            ]}
          />
        )}
        <LoadMore hasMore={list.hasMore} isLoading={list.isFetchingNextPage} onMore={list.fetchMore} />
      </Section>
      {isAdding && <NewProviderDialog onClose={() => setIsAdding(false)} />}
    </Page>
  );
}
