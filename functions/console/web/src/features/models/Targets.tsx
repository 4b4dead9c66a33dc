import { Link } from "@tanstack/react-router";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { DataTable } from "@/ui/DataTable";
import { Price } from "./Price";
import { firstShares, type Prices } from "./prices";
import type { Model } from "./queries";

type Target = {
  providerId: string;
  remoteId: string;
  weight: number;
  priority: number;
  isMain: boolean;
  ownPrices: boolean;
  prices: Prices;
  share: number;
};

/** Where a model is served, in the order in which it is asked for. */
export function Targets({ model, providerName }: { model: Model; providerName: (id: string) => string }) {
  const m = useMessages().models;
  return (
    <DataTable
      label={m.targets.title}
      rows={targetsOf(model)}
      idOf={({ providerId, remoteId }) => `${providerId} ${remoteId}`}
      columns={[
        {
          id: "provider",
          header: m.targets.provider,
          cell: ({ providerId, isMain }) => (
            <span className="inline-flex flex-wrap items-center gap-1.5">
              <Link to="/providers/$providerId" params={{ providerId }} className="text-accent underline">
                {providerName(providerId)}
              </Link>
              {isMain && <Badge>{m.targets.main}</Badge>}
            </span>
          ),
        },
        {
          id: "remoteId",
          header: m.targets.remoteId,
          cell: ({ remoteId }) => <code className="text-sm break-all">{remoteId}</code>,
        },
        {
          id: "priority",
          header: m.targets.priority,
          align: "right",
          hideBelow: "sm",
          cell: ({ priority }) => priority,
        },
        { id: "weight", header: m.targets.weight, align: "right", hideBelow: "sm", cell: ({ weight }) => weight },
        { id: "share", header: m.targets.share, align: "right", cell: ({ share }) => `${Math.round(share)}%` },
        {
          id: "price",
          header: m.targets.price,
          align: "right",
          cell: ({ isMain, ownPrices, prices }) =>
            isMain || ownPrices ? (
              <span className="whitespace-nowrap">
                <Price value={prices.inputPrice} /> / <Price value={prices.outputPrice} />
              </span>
            ) : (
              <span className="text-muted">{m.targets.modelsPrice}</span>
            ),
        },
      ]}
    />
  );
}

function targetsOf(model: Model): Target[] {
  const { providerId, remoteId, weight, priority } = model;
  const all = [
    { providerId, remoteId, weight, priority, isMain: true, ownPrices: false, prices: model as Prices },
    ...model.alternatives.map((each) => ({ ...each, isMain: false, prices: each as Prices })),
  ];
  const shares = firstShares(all);
  return all.map((target, at) => ({ ...target, share: shares[at] ?? 0 })).toSorted((a, b) => a.priority - b.priority);
}
