import { CircleCheck, CircleX, Unplug } from "lucide-react";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import type { Outcome } from "./filters";

const LOOKS = {
  succeeded: { tone: "good", icon: CircleCheck },
  failed: { tone: "bad", icon: CircleX },
  abandoned: { tone: "warn", icon: Unplug },
} as const;

/** How a request ended, with the provider's status where that says more. */
export function OutcomeBadge({ outcome, httpStatus }: { outcome: Outcome; httpStatus: number | null }) {
  const m = useMessages().requests.outcomes;
  const { tone, icon } = LOOKS[outcome];
  return (
    <Badge tone={tone} icon={icon}>
      {m[outcome]}
      {outcome === "failed" && httpStatus !== null && ` · ${httpStatus}`}
    </Badge>
  );
}
