import { useLocale } from "@/app/preferences";
import { useSession } from "@/app/session";
import { useOutlook } from "@/features/costs/queries";
import { useMessages } from "@/messages";
import { spanText } from "@/ui/days";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { Page } from "@/ui/Page";
import { BudgetStates } from "./BudgetStates";
import { DaysSection } from "./DaysSection";
import { FirstSteps } from "./FirstSteps";
import { MonthFigures } from "./MonthFigures";
import { useMonth } from "./queries";
import { ServiceSection } from "./ServiceSection";
import { TopLists } from "./TopLists";

/** How the gateway stands, at a glance: what is spent, who is stopped, and what doesn't work. */
export function OverviewPage() {
  const m = useMessages().overview;
  const locale = useLocale();
  const { can } = useSession();
  const outlook = useOutlook();
  const month = useMonth(outlook.data?.today);
  const error = outlook.error ?? month.error;
  if (!can("overview")) return null;
  const isNew = outlook.data !== undefined && outlook.data.thisMonth.requests + outlook.data.lastMonth.requests === 0;
  return (
    <Page
      title={m.title}
      subtitle={
        outlook.data === undefined ? (
          <Skeleton className="h-4 w-56" />
        ) : (
          m.subtitle(spanText(outlook.data.thisMonth, locale), outlook.data.zone)
        )
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void (outlook.error ? outlook : month).refetch()} />}
      {isNew && <FirstSteps />}
      <MonthFigures outlook={outlook.data} month={month.data} />
      <div className="grid gap-5 xl:grid-cols-[minmax(0,1.7fr)_minmax(22rem,1fr)]">
        <DaysSection outlook={outlook.data} month={month.data} />
        <BudgetStates />
      </div>
      <TopLists month={month.data} />
      <ServiceSection month={month.data} />
    </Page>
  );
}
