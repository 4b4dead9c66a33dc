import {
  Ban,
  Check,
  CircleAlert,
  Infinity as InfinityIcon,
  type LucideIcon,
  TrendingDown,
  TrendingUp,
} from "lucide-react";
import { useMessages } from "@/messages";
import { Badge, type Tone } from "@/ui/Badge";
import type { KeyState } from "./states";

const LOOKS: Record<KeyState["kind"], [Tone, LucideIcon]> = {
  refusing: ["bad", Ban],
  downgrading: ["warn", TrendingDown],
  beyond: ["warn", CircleAlert],
  near: ["warn", CircleAlert],
  runsOut: ["warn", TrendingUp],
  unlimited: ["neutral", InfinityIcon],
  fine: ["good", Check],
};

export function StateBadge({ state }: { state: KeyState }) {
  const m = useMessages().keyPage;
  const [tone, icon] = LOOKS[state.kind];
  return (
    <Badge tone={tone} icon={icon}>
      {m.states[state.kind]}
    </Badge>
  );
}
