import { Check, Clock, type LucideIcon, Undo2, X } from "lucide-react";
import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { Money } from "@/ui/Money";
import { Time } from "@/ui/Time";
import type { OwnRequest } from "./queries";

const STATES: Record<OwnRequest["state"], [Tone, LucideIcon]> = {
  pending: ["accent", Clock],
  approved: ["good", Check],
  denied: ["bad", X],
  withdrawn: ["neutral", Undo2],
  expired: ["neutral", Clock],
};

/** What is asked for, by whom, why, and what became of it. */
export function RequestCard({ request, actions }: { request: OwnRequest; actions: ReactNode }) {
  const m = useMessages().holder;
  const [tone, icon] = STATES[request.state];
  const { decision, budget } = request;
  return (
    <div className="flex flex-wrap items-start justify-between gap-3">
      <div className="min-w-0 space-y-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={tone} icon={icon}>
            {m.asking.states[request.state]}
          </Badge>
          <span className="font-medium break-words">{request.keyName ?? request.keyId}</span>
          <span className="text-muted">{m.windows[request.window] ?? request.window}</span>
        </p>
        <p>
          <Money value={request.limitWhenAsked} /> →{" "}
          <Money value={decision?.limit ?? request.limit} className="font-semibold" />
          {request.until !== null && (
            <>
              {" "}
              {m.asking.until} <Time value={request.until} />
            </>
          )}
        </p>
        <p className="break-words text-muted">“{request.reason}”</p>
        {decision?.note != null && <p className="break-words">{m.asking.answer(decision.note)}</p>}
        <p className="text-sm text-muted">
          <Time value={request.askedAt} as="relative" />
          {request.state === "pending" && budget !== null && (
            <>
              {" · "}
              {m.asking.now} <Money value={budget.used} /> / <Money value={budget.allowance} />
            </>
          )}
        </p>
      </div>
      <div className="flex gap-2">{actions}</div>
    </div>
  );
}
