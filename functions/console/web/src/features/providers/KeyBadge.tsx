import { KeyRound, TriangleAlert } from "lucide-react";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { KEYLESS } from "./providerForm";
import type { Provider } from "./queries";

/** Whether a provider has a key; the key itself is never shown. */
export function KeyBadge({ provider: { hasApiKey, authHeader } }: { provider: Provider }) {
  const m = useMessages().providers;
  if (hasApiKey) return <Badge icon={KeyRound}>{m.hasKey}</Badge>;
  if (KEYLESS.has(authHeader)) return <Badge>{m.needsNoKey}</Badge>;
  return (
    <Badge tone="warn" icon={TriangleAlert}>
      {m.noKey}
    </Badge>
  );
}
