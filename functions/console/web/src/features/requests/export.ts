import { fetchAs } from "@/api/client";
import { piecesOf, save } from "@/api/download";
import { queryOf, type RequestFilters } from "./filters";

export type ExportFormat = "csv" | "jsonl";
export type ExportProgress = { bytes: number; rows: number };

/** Where a download goes, piece by piece: to the disk where the browser can, else into memory until its end. */
type Sink = {
  write: (piece: Uint8Array<ArrayBuffer>) => Promise<void>;
  close: () => Promise<void>;
  abort: () => Promise<void>;
};

/** The path of the export of what filters show. */
export function exportPath(filters: RequestFilters, format: ExportFormat, now: Date): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(queryOf(filters, now))) query.set(name, String(value));
  return `/requests/export?${query}`;
}

/**
 * Downloads all requests of the filters to a file, and says how far it has come.
 *
 * Raises ApiError, and an AbortError once `signal` says so: what was written of the file is then gone.
 */
export async function exportRequests(
  filters: RequestFilters,
  format: ExportFormat,
  signal: AbortSignal,
  onProgress: (progress: ExportProgress) => void,
): Promise<ExportProgress> {
  const name = `requests-${new Date().toISOString().slice(0, 10)}.${format}`;
  const sink = await sinkOf(name, format);
  const counter = rowCounter(format);
  const progress = { bytes: 0, rows: 0 };
  try {
    const response = await fetchAs(`admin:${exportPath(filters, format, new Date())}`, { signal });
    for await (const piece of piecesOf(response)) {
      await sink.write(piece);
      progress.bytes += piece.byteLength;
      progress.rows = counter(piece);
      onProgress({ ...progress });
    }
    await sink.close();
    return progress;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** Counts the rows of a file as its pieces come: lines, but for a CSV's first, and those within its quotes. */
export function rowCounter(format: ExportFormat): (piece: Uint8Array) => number {
  let [lines, isQuoted] = [format === "csv" ? -1 : 0, false];
  return (piece) => {
    for (const byte of piece) {
      if (byte === 0x22 && format === "csv") isQuoted = !isQuoted;
      else if (byte === 0x0a && !isQuoted) lines += 1;
    }
    return Math.max(lines, 0);
  };
}

type FilePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

async function sinkOf(name: string, format: ExportFormat): Promise<Sink> {
  const picker = (window as { showSaveFilePicker?: FilePicker }).showSaveFilePicker;
  if (picker !== undefined) {
    const file = await picker.call(window, { suggestedName: name });
    const stream = await file.createWritable();
    return {
      write: (piece) => stream.write(piece),
      close: () => stream.close(),
      abort: () => stream.abort(),
    };
  }
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  return {
    write: async (piece) => void pieces.push(piece),
    close: async () => save(new Blob(pieces, { type: format === "csv" ? "text/csv" : "application/x-ndjson" }), name),
    abort: async () => void pieces.splice(0),
  };
}
