import { Plus } from "lucide-react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Field, Input } from "@/ui/Field";
import { DAYS } from "./hours";
import { Block } from "./PairFields";
import type { WindowDraft } from "./priceForm";

const WORK_DAYS = DAYS.slice(0, 5);

type WindowFieldsProps = {
  windows: WindowDraft[];
  onChange: (windows: WindowDraft[]) => void;
  errorOf: (path: string) => string | undefined;
};

/** Hours of days in which tokens cost a multiple. */
export function WindowFields({ windows, onChange, errorOf }: WindowFieldsProps) {
  const m = useMessages().models;
  const put = (at: number, window: WindowDraft) => onChange(windows.with(at, window));
  const added = { days: [...WORK_DAYS], start: "00:30", end: "08:30", zone: "UTC", multiplier: "0.5" };
  return (
    <div className="space-y-2">
      {windows.map((window, at) => (
        <Block key={at} onRemove={() => onChange(windows.toSpliced(at, 1))}>
          <fieldset className="mb-2 flex flex-wrap gap-x-3 gap-y-1">
            <legend className="sr-only">{m.priceForm.windows}</legend>
            {DAYS.map((day) => (
              <label key={day} className="inline-flex items-center gap-1">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  checked={window.days.includes(day)}
                  onChange={(event) =>
                    put(at, {
                      ...window,
                      days: DAYS.filter((each) => (each === day ? event.target.checked : window.days.includes(each))),
                    })
                  }
                />
                {m.days[day]}
              </label>
            ))}
          </fieldset>
          {errorOf(`windows.${at}.days`) !== undefined && (
            <p role="alert" className="mb-2 text-xs text-bad">
              {errorOf(`windows.${at}.days`)}
            </p>
          )}
          <div className="grid grid-cols-2 gap-2 sm:grid-cols-4">
            {(["start", "end"] as const).map((bound) => (
              <Field key={bound} label={m.priceForm[bound]} error={errorOf(`windows.${at}.${bound}`)}>
                <Input
                  type="time"
                  value={window[bound]}
                  onChange={(event) => put(at, { ...window, [bound]: event.target.value })}
                />
              </Field>
            ))}
            <Field label={m.priceForm.zone} error={errorOf(`windows.${at}.zone`)}>
              <Input
                list="time-zones"
                value={window.zone}
                onChange={(event) => put(at, { ...window, zone: event.target.value })}
              />
            </Field>
            <Field label={m.priceForm.multiplier} error={errorOf(`windows.${at}.multiplier`)}>
              <Input
                inputMode="decimal"
                value={window.multiplier}
                onChange={(event) => put(at, { ...window, multiplier: event.target.value })}
              />
            </Field>
          </div>
        </Block>
      ))}
      <Button size="small" icon={Plus} onClick={() => onChange([...windows, added])}>
        {m.priceForm.addWindow}
      </Button>
      <datalist id="time-zones">
        {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </div>
  );
}
