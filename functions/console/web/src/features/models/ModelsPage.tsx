import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function ModelsPage() {
  const m = useMessages().app;
  return <Page title={m.pages.models}>{null}</Page>;
}
