import { fetchAs } from "./client";

/** Fetches a file and has the browser save it under the name that the API gives it. `onBytes` is told how far it is. */
export async function download(
  url: `${"admin" | "client"}:${string}`,
  { onBytes, signal }: { onBytes?: (bytes: number) => void; signal?: AbortSignal } = {},
): Promise<void> {
  const response = await fetchAs(url, { signal });
  const name = nameOf(response.headers.get("content-disposition")) ?? "tollgate";
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(response)) {
    chunks.push(piece);
    bytes += piece.length;
    onBytes?.(bytes);
  }
  save(new Blob(chunks, { type: response.headers.get("content-type") ?? "" }), name);
}

/** An answer's body as it comes. */
export async function* piecesOf(response: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) yield read.value;
}

/** The name of the file that a Content-Disposition header gives it. */
export function nameOf(disposition: string | null): string | undefined {
  return /filename="([^"/\\]+)"/.exec(disposition ?? "")?.[1];
}

/** Has the browser save a file. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
