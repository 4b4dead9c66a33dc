import { CircleCheck, CircleHelp, CircleX } from "lucide-react";
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
    <div role="status" className="space-y-3">
      <div
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
      <FoundApis apis={result.apis} />
    </div>
  );
}

/** Which APIs were found, whether the provider is to speak them or not. */
function FoundApis({ apis }: { apis: Schemas["ApiTest"][] }) {
  const m = useMessages().providers;
  return (
    <ul aria-label={m.test.apis} className="space-y-2">
      {apis.map((api) => (
        <li key={api.api} className="flex gap-2">
          <Found found={api.found} />
          <div className="min-w-0">
            <p>
              <span className="font-medium">{m.apiName[api.api]}</span>
              <span className="text-muted">{` · ${api.spoken ? m.test.spoken : m.test.notSpoken}`}</span>
            </p>
            <p className="text-xs break-words text-muted">{api.message}</p>
            <p className="text-xs break-all text-muted">{api.baseUrl}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Found({ found }: { found: boolean | null }) {
  const m = useMessages().providers.test;
  const [Icon, tone, label] =
    found === null
      ? [CircleHelp, "text-muted", m.unknown]
      : found
        ? [CircleCheck, "text-good", m.isFound]
        : [CircleX, "text-muted", m.notFound];
  return <Icon size={15} role="img" aria-label={label} className={cx("mt-0.5 shrink-0", tone)} />;
}
