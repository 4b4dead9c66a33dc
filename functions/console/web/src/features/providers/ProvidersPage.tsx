import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function ProvidersPage() {
  const m = useMessages().app;
  return <Page title={m.pages.providers}>{null}</Page>;
}
