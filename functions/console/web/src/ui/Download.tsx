import { Download as DownloadIcon } from "lucide-react";
import { download } from "@/api/download";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { Button } from "./Button";
import { ErrorNote } from "./ErrorNote";
import { useDownload } from "./useDownload";

type DownloadProps = { url: `${"admin" | "client"}:${string}`; label: string; size?: "small" | "normal" };

/** Downloads a file of the API: says how much of it has come, can be stopped, and says what went wrong. */
export function DownloadButton({ url, label, size = "normal" }: DownloadProps) {
  const m = useMessages().ui.download;
  const locale = useLocale();
  const {
    progress: bytes,
    failure,
    begin,
    stop,
  } = useDownload(0, (onBytes, signal) => download(url, { onBytes, signal }));
  const megabytes = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format((bytes ?? 0) / 1_000_000);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button size={size} icon={DownloadIcon} isBusy={bytes !== null} onClick={begin}>
        {label}
      </Button>
      {bytes !== null && (
        <>
          <span role="status" className="text-sm text-muted">
            {m.progress(megabytes)}
          </span>
          <Button size="small" kind="quiet" onClick={stop}>
            {m.stop}
          </Button>
        </>
      )}
      {failure !== null && <ErrorNote error={failure} />}
    </div>
  );
}
