import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function HolderPage() {
  const m = useMessages().app;
  return <Page title={m.pages.me}>{null}</Page>;
}
