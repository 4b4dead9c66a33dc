import { useMessages } from "@/messages";

/** What stands in a chart's place, as high as it would be, where there are no figures. */
export function NothingToShow({ height }: { height: number }) {
  const m = useMessages().ui.chart;
  return (
    <p className="flex items-center justify-center text-sm text-muted" style={{ height }}>
      {m.empty}
    </p>
  );
}
