import { useNavigate } from "@tanstack/react-router";
import { Copy, CornerDownRight, ExternalLink } from "lucide-react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import type { MenuAction } from "@/ui/Menu";
import type { ListedKey } from "./queries";

/** What a row's menu offers. */
export function useKeyActions({ id }: ListedKey): MenuAction[] {
  const m = useMessages().keys.list.menu;
  const navigate = useNavigate();
  const { can } = useSession();
  const actions: MenuAction[] = [
    {
      label: m.open,
      icon: ExternalLink,
      onSelect: () => void navigate({ to: "/keys/$keyId", params: { keyId: id } }),
    },
    { label: m.copyId, icon: Copy, onSelect: () => void navigator.clipboard.writeText(id) },
  ];
  if (can("createKey")) {
    actions.push({
      label: m.createBelow,
      icon: CornerDownRight,
      onSelect: () =>
        void navigate({ from: "/keys", to: "/keys", search: (before) => ({ ...before, create: true, under: id }) }),
    });
  }
  return actions;
}
