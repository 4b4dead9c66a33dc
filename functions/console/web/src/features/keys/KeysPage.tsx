import { useNavigate } from "@tanstack/react-router";
import { Download, Plus } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Page, Section } from "@/ui/Page";
import { ExportDialog } from "./bulk/ExportDialog";
import { SelectionBar } from "./bulk/SelectionBar";
import { NewKeyDialog } from "./creation/NewKeyDialog";
import { filtersOf, isFiltered, type KeyFilters, type KeysSearch, withoutNothing } from "./filters";
import { AllKeys } from "./list/AllKeys";
import { FilterBar } from "./list/FilterBar";
import { FoundKeys } from "./list/FoundKeys";
import { SelectionProvider } from "./list/selection";
import { keysRoute } from "./routes";

/** All keys: a tree of who gets what from whom, or, once one searches, a list. */
export function KeysPage() {
  const m = useMessages();
  const { can } = useSession();
  const search = keysRoute.useSearch();
  const navigate = useNavigate();
  const [isExporting, setIsExporting] = useState(false);
  const filters = filtersOf(search);

  const show = (next: KeysSearch, replace = false) => void navigate({ to: "/keys", search: next, replace });
  const narrow = (changed: Partial<KeyFilters>) => show(withoutNothing({ ...search, ...changed }), true);
  const clear = () => show({});
  const create = () => show({ ...search, create: true });
  return (
    <Page
      title={m.app.pages.keys}
      actions={
        <>
          <Button icon={Download} onClick={() => setIsExporting(true)}>
            {m.keys.exporting.open}
          </Button>
          {can("createKey") && (
            <Button kind="primary" icon={Plus} onClick={create}>
              {m.keys.creation.title}
            </Button>
          )}
        </>
      }
    >
      <FilterBar filters={filters} onChange={narrow} onClear={clear} />
      <SelectionProvider>
        <Section>
          {isFiltered(filters) ? <FoundKeys filters={filters} onClear={clear} /> : <AllKeys onCreate={create} />}
        </Section>
        <SelectionBar />
      </SelectionProvider>
      {search.create === true && can("createKey") && (
        <NewKeyDialog under={search.under ?? null} onClose={() => show(filters)} />
      )}
      {isExporting && <ExportDialog filters={filters} onClose={() => setIsExporting(false)} />}
    </Page>
  );
}
