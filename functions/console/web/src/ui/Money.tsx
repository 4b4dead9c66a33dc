import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { formatUsd } from "./money";

/** An amount in USD, short; the exact one is in its title. `null` is no limit. */
export function Money({ value, className }: { value: string | null; className?: string }) {
  const m = useMessages().ui.money;
  if (value === null) return <span className={className}>{m.unlimited}</span>;
  return (
    <span className={className} title={m.exact(value)}>
      {formatUsd(value)}
    </span>
  );
}

/** A count of things, grouped as the viewer's language does. */
export function Count({ value }: { value: number }) {
  return <>{new Intl.NumberFormat(useLocale()).format(value)}</>;
}
