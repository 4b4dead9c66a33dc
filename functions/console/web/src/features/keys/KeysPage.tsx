import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function KeysPage() {
  const m = useMessages().app;
  return <Page title={m.pages.keys}>{null}</Page>;
}
