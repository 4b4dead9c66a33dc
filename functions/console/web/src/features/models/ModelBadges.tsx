import { Clock, Hand, TriangleAlert } from "lucide-react";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { isFree, type Prices } from "./prices";
import type { Model } from "./queries";

/** What is special about a model's price. */
export function ModelBadges({ model }: { model: Model }) {
  const m = useMessages().models;
  return (
    <span className="inline-flex flex-wrap gap-1">
      {!model.priced && (
        <Badge tone={model.allowUnpriced ? "warn" : "bad"} icon={TriangleAlert}>
          {model.allowUnpriced ? m.unpricedServed : m.unpriced}
        </Badge>
      )}
      {model.priced && model.priceVersion === null && <Badge>{m.fromCatalog}</Badge>}
      {model.priced && model.priceVersion !== null && isFree(model) && <Badge tone="accent">{m.free}</Badge>}
      {model.windows.length > 0 && (
        <Badge icon={Clock}>
          <span className="sr-only">{m.hasHours}</span>
          <span aria-hidden title={m.hasHours}>
            {m.hours.title}
          </span>
        </Badge>
      )}
    </span>
  );
}

/** Whether a version is a vendor's list price, or somebody's own. */
export function OriginBadge({ prices }: { prices: Prices }) {
  const m = useMessages().models;
  return prices.fromCatalog ? <Badge>{m.fromCatalog}</Badge> : <Badge icon={Hand}>{m.byHand}</Badge>;
}
