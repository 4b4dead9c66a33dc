import { Download } from "lucide-react";
import { save } from "@/api/download";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { useDownload } from "@/ui/useDownload";
import type { Filter } from "./filter";
import { fetchCsv } from "./queries";

/** Downloads all that the filter chooses, a page of the API at a time; can be stopped. */
export function CsvButton({ filter }: { filter: Filter }) {
  const m = useMessages();
  const {
    progress: pages,
    failure,
    begin,
    stop,
  } = useDownload(0, async (onPage, signal) => {
    const parts = await fetchCsv(filter, onPage, signal);
    save(new Blob(parts, { type: "text/csv" }), "budget-requests.csv");
  });

  return (
    <div className="space-y-2">
      {pages === null ? (
        <Button icon={Download} onClick={begin}>
          {m.budgetRequests.csv}
        </Button>
      ) : (
        <span className="flex items-center gap-2 text-sm" role="status">
          {m.budgetRequests.exporting(pages)}
          <Button size="small" onClick={stop}>
            {m.ui.cancel}
          </Button>
        </span>
      )}
      {failure !== null && <ErrorNote error={failure} />}
    </div>
  );
}
