import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { useMessages } from "@/messages";
import { DownloadButton } from "@/ui/Download";
import { monthEnd } from "@/ui/days";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, Skeleton } from "@/ui/Feedback";
import { Field, Input } from "@/ui/Field";
import { Page, Section } from "@/ui/Page";
import { parameters } from "../Downloads";
import { useBill, useOutlook } from "../queries";
import { Bill } from "./Bill";
import { type BillSearch, parseBillSearch } from "./billSearch";

/** A key's bill of a month, and exports of all that was charged. */
export function BillsPage() {
  const { costs } = useMessages();
  const m = costs.bills;
  const search = parseBillSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const { data: outlook, error: outlookError } = useOutlook();
  const month = search.month ?? outlook?.month;
  const bill = useBill(month === undefined ? undefined : search.keyId, month ?? "");
  const change = (changes: BillSearch) => void navigate({ to: "/costs/bills", search: { ...search, ...changes } });
  const error = outlookError ?? bill.error;

  return (
    <Page
      title={m.title}
      trail={
        <Link to="/costs" className="text-accent underline">
          {m.back}
        </Link>
      }
      subtitle={m.hint}
    >
      <Section>
        <div className="flex flex-wrap items-end gap-3">
          <div className="w-72 max-w-full">
            <span className="mb-1 block text-sm font-medium">{m.key}</span>
            <KeyPicker
              aria-label={costs.filters.findKey}
              value={search.keyId ?? null}
              onChange={(keyId) => change({ keyId: keyId ?? undefined })}
            />
          </div>
          <Field label={m.month}>
            <Input
              type="month"
              key={month}
              defaultValue={month}
              max={outlook?.month}
              onBlur={(event) => event.target.value !== "" && change({ month: event.target.value })}
            />
          </Field>
          {search.keyId !== undefined && month !== undefined && <BillFiles keyId={search.keyId} month={month} />}
        </div>
      </Section>
      {error !== null && <ErrorNote error={error} onRetry={() => void bill.refetch()} />}
      {search.keyId === undefined ? (
        <Section>
          <Empty title={m.pick} hint={m.pickHint} />
        </Section>
      ) : (
        error === null && (bill.data === undefined ? <Skeleton className="h-96 w-full" /> : <Bill bill={bill.data} />)
      )}
      {month !== undefined && <FocusExport keyId={search.keyId} month={month} />}
    </Page>
  );
}

function BillFiles({ keyId, month }: { keyId: string; month: string }) {
  const m = useMessages().costs.bills;
  const url = `admin:/apiKey/${encodeURIComponent(keyId)}/bill?month=${month}&format=csv` as const;
  return (
    <div className="flex flex-wrap gap-2">
      <DownloadButton url={url} label={m.csv} />
      <DownloadButton url={`${url}&audience=customer`} label={m.customer} />
    </div>
  );
}

function FocusExport({ keyId, month }: { keyId?: string; month: string }) {
  const m = useMessages().costs.bills;
  const query = { from: `${month}-01`, to: monthEnd(`${month}-01`), format: "focus" };
  return (
    <Section title={m.exportTitle} hint={m.exportHint}>
      <div className="flex flex-wrap gap-2">
        <DownloadButton url={`admin:/costs/export?${parameters(query)}`} label={m.exportAll} />
        {keyId !== undefined && (
          <DownloadButton
            url={`admin:/costs/export?${parameters({ ...query, accountId: keyId })}`}
            label={m.exportKey}
          />
        )}
      </div>
    </Section>
  );
}
