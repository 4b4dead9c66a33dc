import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function ModelPage() {
  const m = useMessages().app;
  return <Page title={m.pages.models}>{null}</Page>;
}
