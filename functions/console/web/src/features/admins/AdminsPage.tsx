import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function AdminsPage() {
  const m = useMessages().app;
  return <Page title={m.pages.admins}>{null}</Page>;
}
