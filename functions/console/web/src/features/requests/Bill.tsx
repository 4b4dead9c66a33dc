import { Link } from "@tanstack/react-router";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { DataTable } from "@/ui/DataTable";
import { Count } from "@/ui/Money";
import { Section } from "@/ui/Page";
import type { LoggedRequest } from "./queries";

type Line = LoggedRequest["breakdown"][number] & { place: number };

/** What a request cost, line by line, and who paid for it. */
export function Bill({ request, names }: { request: LoggedRequest; names: ReadonlyMap<string, string> }) {
  const m = useMessages().requests.bill;
  const lines = request.breakdown.map((line, place) => ({ ...line, place }));
  return (
    <Section title={m.title} hint={request.priced ? undefined : m.unpriced}>
      <DataTable<Line>
        label={m.title}
        rows={lines}
        idOf={({ place }) => String(place)}
        empty={<p className="py-4 text-sm text-muted">{m.nothing}</p>}
        columns={[
          { id: "item", header: m.item, cell: ({ item }) => <ItemName item={item} /> },
          { id: "quantity", header: m.quantity, align: "right", cell: ({ quantity }) => <Count value={quantity} /> },
          {
            id: "unit",
            header: m.unitPrice,
            align: "right",
            hideBelow: "sm",
            cell: ({ unitPrice, item }) => (
              <span className="whitespace-nowrap">
                <Exact value={unitPrice} />{" "}
                <span className="text-muted">{isOfTokens(item) ? m.perMillion : m.each}</span>
              </span>
            ),
          },
          { id: "cost", header: m.cost, align: "right", cell: ({ cost }) => <Exact value={cost} /> },
        ]}
      />
      <dl className="mt-2 space-y-1 border-t border-line-strong/40 pt-2">
        <Total label={m.total}>
          <Exact value={request.calculatedCost} className="font-semibold" />
        </Total>
        {request.providerCost !== request.calculatedCost && (
          <Total label={m.providerCost}>
            <Exact value={request.providerCost} />
          </Total>
        )}
        {request.priceFactor !== "1" && <Total label={m.factor}>× {request.priceFactor}</Total>}
        {request.minimumFee !== "0" && (
          <Total label={m.minimumFee}>
            <Exact value={request.minimumFee} />
          </Total>
        )}
        {request.packDraws.map((draw) => (
          <Total
            key={`${draw.keyId}/${draw.packId}`}
            label={
              <>
                {m.paidByPack}{" "}
                <Link to="/keys/$keyId" params={{ keyId: draw.keyId }} className="underline">
                  {names.get(draw.keyId) ?? draw.keyId}
                </Link>
              </>
            }
          >
            <Exact value={draw.amount} />
          </Total>
        ))}
        {request.billing !== null && (
          <>
            <Total label={m.included(names.get(request.billing.keyId) ?? request.billing.keyId)}>
              <Exact value={request.billing.included} />
            </Total>
            <Total label={m.metered(names.get(request.billing.keyId) ?? request.billing.keyId)}>
              <Exact value={request.billing.metered} />
            </Total>
          </>
        )}
      </dl>
      <p className="mt-2 text-xs text-muted">
        {m.priceVersion} <code className="break-all">{request.priceVersion}</code>
        {request.usageSource === "estimated" && (
          <>
            {" "}
            <Badge tone="warn">{m.estimated}</Badge>
          </>
        )}
      </p>
    </Section>
  );
}

/** An amount in USD with all of its digits: a bill's lines add up to its total. */
function Exact({ value, className }: { value: string; className?: string }) {
  return <span className={className}>${value}</span>;
}

function Total({ label, children }: { label: React.ReactNode; children: React.ReactNode }) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="text-muted">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A line's item in words: a token class, a tool, another model, or a fee. */
function ItemName({ item }: { item: string }) {
  const m = useMessages().requests.bill;
  const known = m.items[item as keyof typeof m.items];
  if (known !== undefined) return <>{known}</>;
  const [kind, ...rest] = item.split(":");
  const name = rest.join(":");
  if (kind === "tool") return <>{m.tool(name)}</>;
  if (kind === "attempt") return <>{m.attempt}</>;
  if (kind === "model") {
    const tokenClass = rest.at(-1) ?? "";
    return (
      <>
        {rest.slice(0, -1).join(":")}: {m.items[tokenClass as keyof typeof m.items] ?? tokenClass}
      </>
    );
  }
  return <>{item}</>;
}

const SINGLE = new Set(["request", "minimum_fee", "overage", "abandoned"]);

/** Whether a line's unit price is one for a million tokens, and not for one call. */
export function isOfTokens(item: string): boolean {
  return !SINGLE.has(item) && !item.startsWith("tool:") && !item.startsWith("attempt:");
}
