import { formatPrice } from "./prices";

/** A price to all its digits; a dash where there is none. */
export function Price({ value }: { value: string | null }) {
  return value === null ? <span className="text-muted">–</span> : <span>{formatPrice(value)}</span>;
}
