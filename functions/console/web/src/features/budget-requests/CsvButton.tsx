import { Download } from "lucide-react";
import { useRef, useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import type { Filter } from "./filter";
import { fetchCsv } from "./queries";

/** Downloads all that the filter chooses, a page of the API at a time; can be stopped. */
export function CsvButton({ filter }: { filter: Filter }) {
  const m = useMessages();
  const [pages, setPages] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);

  async function download() {
    const controller = new AbortController();
    running.current = controller;
    setPages(0);
    setError(null);
    try {
      save(await fetchCsv(filter, setPages, controller.signal), "budget-requests.csv");
    } catch (failure) {
      if (!controller.signal.aborted) setError(failure);
    } finally {
      setPages(null);
    }
  }

  return (
    <div className="space-y-2">
      {pages === null ? (
        <Button icon={Download} onClick={() => void download()}>
          {m.budgetRequests.csv}
        </Button>
      ) : (
        <span className="flex items-center gap-2 text-sm" role="status">
          {m.budgetRequests.exporting(pages)}
          <Button size="small" onClick={() => running.current?.abort()}>
            {m.ui.cancel}
          </Button>
        </span>
      )}
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

function save(parts: string[], name: string) {
  const url = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
