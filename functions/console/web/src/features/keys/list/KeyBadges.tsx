import {
  Ban,
  CalendarX,
  Infinity as InfinityIcon,
  type LucideIcon,
  OctagonX,
  Replace,
  TriangleAlert,
} from "lucide-react";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import { type KeyState, type StatefulKey, statesOf } from "./states";

const LOOKS: Record<KeyState, { tone: Tone; icon: LucideIcon }> = {
  revoked: { tone: "neutral", icon: Ban },
  expired: { tone: "neutral", icon: CalendarX },
  blocked: { tone: "bad", icon: OctagonX },
  near: { tone: "warn", icon: TriangleAlert },
  downgrading: { tone: "accent", icon: Replace },
  unlimited: { tone: "neutral", icon: InfinityIcon },
};

/** What is worth knowing of a key's state at a glance; nothing, if all is well. */
export function KeyBadges({ apiKey }: { apiKey: StatefulKey }) {
  const m = useMessages().keys.states;
  return statesOf(apiKey).map((state) => (
    <span key={state} title={m.hints[state]}>
      <Badge {...LOOKS[state]}>{m.names[state]}</Badge>
    </span>
  ));
}
