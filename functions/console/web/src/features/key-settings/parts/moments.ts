/** A moment as `datetime-local` has it, in the browser's zone: `2026-12-05T18:00`. */
export function toLocal(moment: string | null): string {
  if (moment === null) return "";
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const seconds = date.getSeconds() === 0 ? "" : `:${two(date.getSeconds())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}${seconds}`;
}

/** The moment that a `datetime-local` says, as the API takes it: in UTC, to the second. */
export function fromLocal(local: string): string | null {
  const date = new Date(local);
  return local === "" || Number.isNaN(date.getTime()) ? null : `${date.toISOString().slice(0, 19)}Z`;
}
