import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function AlertsPage() {
  const m = useMessages().app;
  return <Page title={m.pages.alerts}>{null}</Page>;
}
