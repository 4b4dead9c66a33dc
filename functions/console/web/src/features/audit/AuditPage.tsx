import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function AuditPage() {
  const m = useMessages().app;
  return <Page title={m.pages.audit}>{null}</Page>;
}
