import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function OverviewPage() {
  const m = useMessages().app;
  return <Page title={m.pages.overview}>{null}</Page>;
}
