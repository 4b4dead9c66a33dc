import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function CostsPage() {
  const m = useMessages().app;
  return <Page title={m.pages.costs}>{null}</Page>;
}
