import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { spanText } from "@/ui/days";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { Page, Section } from "@/ui/Page";
import { Downloads } from "./Downloads";
import { ExplorerControls } from "./ExplorerControls";
import { FilterBar } from "./FilterBar";
import { useOutlook, useSeries } from "./queries";
import { RankedSection } from "./RankedSection";
import { SeriesSection } from "./SeriesSection";
import { type CostsSearch, groupIn, parseSearch, spanIn } from "./search";
import { TotalsStrip } from "./TotalsStrip";

/** What was spent, by whom and on what: all that is chosen stands in the URL. */
export function CostsPage() {
  const m = useMessages().costs;
  const locale = useLocale();
  const search = parseSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const outlook = useOutlook();
  const today = outlook.data?.today;
  const series = useSeries(search, today);
  const change = (changes: CostsSearch) =>
    void navigate({ to: "/costs", search: parseSearch({ ...search, ...changes }), replace: true });

  const needsTagName = groupIn(search) === "tag" && search.tagName === undefined;
  const error = outlook.error ?? series.error;
  return (
    <Page
      title={m.title}
      subtitle={
        outlook.data === undefined ? (
          <Skeleton className="h-4 w-64" />
        ) : (
          m.zone(spanText(spanIn(search, outlook.data.today), locale), outlook.data.zone)
        )
      }
      actions={
        <>
          {today !== undefined && <Downloads search={search} today={today} />}
          <Link to="/costs/bills" className="text-sm text-accent underline">
            {m.bills.link}
          </Link>
        </>
      }
    >
      <Section>
        <ExplorerControls search={search} today={today} onChange={change} />
        <FilterBar search={search} onChange={change} />
      </Section>
      {error !== null && <ErrorNote error={error} onRetry={() => void (outlook.error ? outlook : series).refetch()} />}
      {needsTagName && <p className="text-sm text-muted">{m.tagNameHint}</p>}
      {error === null &&
        (series.data === undefined ? (
          <Loading />
        ) : (
          <div
            className={series.isPlaceholderData ? "space-y-5 opacity-60 transition-opacity" : "space-y-5"}
            aria-busy={series.isPlaceholderData}
          >
            <TotalsStrip series={series.data} />
            <SeriesSection search={search} series={series.data} />
            {series.data.group !== null && <RankedSection search={search} series={series.data} onChange={change} />}
          </div>
        ))}
    </Page>
  );
}

function Loading() {
  const m = useMessages().ui;
  return (
    <div role="status" aria-label={m.loading} className="space-y-5">
      <Skeleton className="h-20 w-full" />
      <Skeleton className="h-80 w-full" />
      <Skeleton className="h-64 w-full" />
    </div>
  );
}
