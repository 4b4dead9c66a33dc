import type { ClientSchemas } from "@/api/client";
import { useMessages } from "@/messages";
import { Count } from "@/ui/Money";
import { Section } from "@/ui/Page";

type Rate = ClientSchemas["RateView"] | null;

/** What is left of this minute, and of requests that may run at once. */
export function RateLimits({ rates }: { rates: ClientSchemas["RatesView"] }) {
  const m = useMessages().holder.rates;
  return (
    <Section title={m.title} hint={m.hint}>
      <dl className="grid grid-cols-1 gap-3 sm:grid-cols-3">
        <Left label={m.requests} rate={rates.requests} />
        <Left label={m.tokens} rate={rates.tokens} />
        <Left label={m.parallel} rate={rates.parallel} />
      </dl>
    </Section>
  );
}

function Left({ label, rate }: { label: string; rate: Rate }) {
  const m = useMessages().holder.rates;
  return (
    <div>
      <dt className="text-sm text-muted">{label}</dt>
      <dd>
        {rate === null ? (
          m.unlimited
        ) : (
          <>
            <Count value={rate.remaining} /> {m.of} <Count value={rate.limit} />
          </>
        )}
      </dd>
    </div>
  );
}
