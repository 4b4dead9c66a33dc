import { CircleCheck, CircleX } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { cx } from "@/ui/cx";

/** What came of asking a provider: a failed test is an answer, too. */
export function TestResult({ result }: { result: Schemas["ProviderTest"] }) {
  const m = useMessages().providers.test;
  const count = new Intl.NumberFormat(useLocale());
  const Icon = result.ok ? CircleCheck : CircleX;
  return (
    <div
      role="status"
      className={cx(
        "flex gap-2.5 rounded border px-3 py-2.5",
        result.ok ? "border-good/40 bg-good-soft" : "border-bad/40 bg-bad-soft",
      )}
    >
      <Icon size={17} aria-hidden className={cx("mt-0.5 shrink-0", result.ok ? "text-good" : "text-bad")} />
      <div className="min-w-0">
        <p className="font-medium">
          {result.ok ? m.ok : m.failed}
          <span className="font-normal text-muted">
            {result.status !== null && ` · ${m.status(result.status)}`}
            {` · ${m.duration(count.format(result.durationMs))}`}
          </span>
        </p>
        <p className="break-words">{result.message}</p>
      </div>
    </div>
  );
}
