import { useMessages } from "@/messages";
import { DownloadButton } from "@/ui/Download";
import { SHOWN_GROUPS } from "./queries";
import { type CostsSearch, filtersIn, type Group, groupIn, queryOf, spanIn } from "./search";

const ROWS: Record<Group, string> = {
  key: "by-key",
  model: "by-model",
  provider: "by-provider",
  owner: "by-owner",
  tag: "by-tag",
  costCentre: "by-cost-centre",
};

/** What is shown as files: the chart's figures, and all groups, however many there are. */
export function Downloads({ search, today }: { search: CostsSearch; today: string }) {
  const m = useMessages().costs;
  const { group, tagName } = queryOf(search, today, SHOWN_GROUPS);
  const shown = groupIn(search);
  const isNamed = shown !== undefined && (shown !== "tag" || tagName !== undefined);
  return (
    <>
      <DownloadButton
        size="small"
        label={m.downloads.chart}
        url={`admin:/costs/series?${parameters({ ...queryOf(search, today, SHOWN_GROUPS), format: "csv" })}`}
      />
      {isNamed && group !== undefined && (
        <DownloadButton
          size="small"
          label={m.downloads.rows(m.groups[shown])}
          url={`admin:/costs/${ROWS[shown]}?${parameters(rowsQuery(search, today, shown))}`}
        />
      )}
    </>
  );
}

function rowsQuery(search: CostsSearch, today: string, group: Group): Record<string, unknown> {
  const tree = queryOf(search, today, SHOWN_GROUPS).tree;
  const common = { ...spanIn(search, today), format: "csv", sort: `-${search.metric ?? "cost"}` };
  return group === "tag" ? { ...common, tag: search.tagName } : { ...common, ...filtersIn(search), tree };
}

export function parameters(query: Record<string, unknown>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
