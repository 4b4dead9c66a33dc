import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function RequestPage() {
  const m = useMessages().app;
  return <Page title={m.pages.requests}>{null}</Page>;
}
