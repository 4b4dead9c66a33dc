import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function RequestsPage() {
  const m = useMessages().app;
  return <Page title={m.pages.requests}>{null}</Page>;
}
