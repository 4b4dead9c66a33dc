import { useMessages } from "@/messages";
import { Page } from "@/ui/Page";

export function BudgetRequestsPage() {
  const m = useMessages().app;
  return <Page title={m.pages.budgetRequests}>{null}</Page>;
}
