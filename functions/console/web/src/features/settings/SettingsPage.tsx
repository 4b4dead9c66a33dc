import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function SettingsPage() {
  const m = useMessages().app;
  return <Page title={m.pages.settings}>{null}</Page>;
}
