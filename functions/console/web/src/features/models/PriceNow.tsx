import { ExternalLink } from "lucide-react";
import { useMessages } from "@/messages";
import type { Messages } from "@/messages/en";
import { DataTable } from "@/ui/DataTable";
import { Count } from "@/ui/Money";
import { Time } from "@/ui/Time";
import { Price } from "./Price";
import { formatPrice, type Prices, type RateColumn, type RateName, rateColumns, ratesOf } from "./prices";

/**
 * What a version costs: a row for each class of tokens, a column for each tier, and what else there is.
 * Without a version `none` says what that means.
 */
export function PriceNow({ prices, none }: { prices: Prices; none: string }) {
  const m = useMessages().models;
  if (prices.priceVersion === null) return <p className="text-muted">{none}</p>;
  const columns = rateColumns(prices);
  const rates = ratesOf(columns);
  return (
    <div className="space-y-4">
      {rates.length > 0 && (
        <div className={columns.length === 1 ? "max-w-md" : undefined}>
          <DataTable<{ name: RateName }>
            label={m.price.title}
            rows={rates.map((name) => ({ name }))}
            idOf={({ name }) => name}
            columns={[
              { id: "class", header: m.price.class, cell: ({ name }) => m.rates[name] },
              ...columns.map((column, at) => ({
                id: String(at),
                header: <ColumnName column={column} m={m} />,
                align: "right" as const,
                cell: ({ name }: { name: RateName }) =>
                  column.kind !== "usual" && column.rates[name] === null ? (
                    <span className="text-xs text-muted">{m.price.inherited}</span>
                  ) : (
                    <Price value={column.rates[name]} />
                  ),
              })),
            ]}
          />
        </div>
      )}
      <Extras prices={prices} />
      <Origin prices={prices} />
    </div>
  );
}

function ColumnName({ column, m }: { column: RateColumn; m: Messages["models"] }) {
  if (column.kind === "usual") return m.price.usual;
  if (column.kind === "tier") return m.price.tier(column.name);
  return (
    <>
      {"> "}
      <Count value={column.tokens} />
    </>
  );
}

/** Fees beside the rates, and what the rates are multiplied by. */
function Extras({ prices }: { prices: Prices }) {
  const m = useMessages().models.price;
  const fees = [
    ...(Number(prices.requestPrice) === 0 ? [] : [[m.request, prices.requestPrice] as const]),
    ...Object.entries(prices.toolPrices).map(([name, price]) => [m.tool(name), price] as const),
  ];
  const factors = [
    ...Object.entries(prices.serviceTiers).map(([name, factor]) => m.tierTimes(name, factor)),
    ...Object.entries(prices.inferenceGeos).map(([name, factor]) => m.placeTimes(name, factor)),
  ];
  return (
    <>
      {fees.length > 0 && (
        <dl className="grid max-w-md grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1 border-t border-line pt-3">
          {fees.map(([label, price]) => (
            <div key={label} className="contents">
              <dt className="break-words">{label}</dt>
              <dd className="text-right">{formatPrice(price)}</dd>
            </div>
          ))}
        </dl>
      )}
      {factors.length > 0 && (
        <div className="border-t border-line pt-3">
          <h3 className="mb-1 text-sm text-muted">{m.multipliers}</h3>
          <ul className="flex flex-wrap gap-x-4 gap-y-1">
            {factors.map((factor) => (
              <li key={factor}>{factor}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function Origin({ prices }: { prices: Prices }) {
  const m = useMessages().models.price;
  if (prices.effectiveAt === null) return null;
  return (
    <p className="flex flex-wrap gap-x-3 gap-y-1 text-sm text-muted">
      <span>
        {m.since} <Time value={prices.effectiveAt} />
      </span>
      {prices.source !== null && (
        <span className="min-w-0">
          {m.source}{" "}
          <a href={prices.source} target="_blank" rel="noreferrer" className="break-all text-accent underline">
            {hostOf(prices.source)}
            <ExternalLink size={12} aria-hidden className="ml-0.5 inline" />
          </a>
          {prices.sourcedAt !== null && (
            <>
              , {m.readOn} <Time value={prices.sourcedAt} as="date" />
            </>
          )}
        </span>
      )}
    </p>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
