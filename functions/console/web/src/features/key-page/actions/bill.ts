import { fetchAs } from "@/api/client";

/** Has the browser save the key's bill of a month (`2026-11`, of the reporting zone) as CSV. Raises ApiError. */
export async function saveBill(keyId: string, month: string): Promise<void> {
  const response = await fetchAs(`admin:/apiKey/${keyId}/bill?month=${month}&format=csv`);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = `bill-${keyId}-${month}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
