import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { ApiError } from "@/api/errors";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { ConflictDialog } from "@/ui/ConflictDialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { Checkbox, Field, Input, Select } from "@/ui/Field";
import { type DefaultsDraft, defaultsOf, draftOf, type ThresholdDraft } from "./defaultsForm";
import { type AlertDefaults, fetchDefaults, useAlertDefaults, useReplaceDefaults } from "./queries";

/** The alerts of keys that have no settings of their own: to be seen by all, to be edited by operators. */
export function DefaultsForm() {
  const { data, error, refetch } = useAlertDefaults();
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <SkeletonRows rows={6} />;
  return <Form key={data.revision} stored={data} />;
}

function Form({ stored }: { stored: AlertDefaults }) {
  const m = useMessages().alerts.defaults;
  const { can } = useSession();
  const mayEdit = can("setDefaults");
  const [draft, setDraft] = useState<DefaultsDraft>(() => draftOf(stored));
  const [theirs, setTheirs] = useState<AlertDefaults | null>(null);
  const { mutate, isPending, error, reset } = useReplaceDefaults();
  const wrong = error instanceof ApiError ? error : null;
  const set = (changes: Partial<DefaultsDraft>) => setDraft({ ...draft, ...changes });
  const isChanged = JSON.stringify(draft) !== JSON.stringify(draftOf(stored));

  function save(revision: number) {
    mutate(defaultsOf(draft, revision), {
      onError: (failed) => {
        if (failed instanceof ApiError && failed.isConflict) void fetchDefaults().then(setTheirs);
      },
    });
  }

  return (
    <form
      className="max-w-3xl space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        save(stored.revision);
      }}
    >
      <fieldset disabled={!mayEdit} className="space-y-5">
        <legend className="sr-only">{m.title}</legend>
        <p className="text-sm text-muted">{m.hint}</p>
        <Thresholds
          thresholds={draft.thresholds}
          mayEdit={mayEdit}
          wrong={wrong}
          onChange={(thresholds) => set({ thresholds })}
        />
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label={m.debounce} hint={m.debounceHint} error={wrong?.of("debounceSeconds")}>
            <Input
              inputMode="decimal"
              value={draft.debounceMinutes}
              onChange={(event) => set({ debounceMinutes: event.target.value })}
            />
          </Field>
          <Field label={m.remind} hint={m.remindHint} error={wrong?.of("remindAfterSeconds")}>
            <Input
              inputMode="decimal"
              value={draft.remindHours}
              onChange={(event) => set({ remindHours: event.target.value })}
            />
          </Field>
          <Field label={m.forecast} hint={m.forecastHint} error={wrong?.of("forecastDays")}>
            <Input
              inputMode="numeric"
              value={draft.forecastDays}
              onChange={(event) => set({ forecastDays: event.target.value })}
            />
          </Field>
        </div>
        <Checkbox
          label={m.recovery}
          checked={draft.notifyRecovery}
          onChange={(event) => set({ notifyRecovery: event.target.checked })}
        />
        <Field label={m.adminEmails} hint={m.adminEmailsHint} error={of(wrong, "adminEmails")}>
          <Input value={draft.adminEmails} onChange={(event) => set({ adminEmails: event.target.value })} />
        </Field>
        <Field label={m.consoleUrl} hint={m.consoleUrlHint} error={wrong?.of("consoleUrl")}>
          <Input
            type="url"
            value={draft.consoleUrl}
            placeholder="https://"
            onChange={(event) => set({ consoleUrl: event.target.value })}
          />
        </Field>
      </fieldset>
      {error !== null && theirs === null && !wrong?.isConflict && <ErrorNote error={error} />}
      {mayEdit && (
        <div className="flex gap-2">
          <Button type="submit" kind="primary" isBusy={isPending} disabled={!isChanged}>
            {m.save}
          </Button>
          {isChanged && <Button onClick={() => setDraft(draftOf(stored))}>{m.discard}</Button>}
        </div>
      )}
      {theirs !== null && (
        <ConflictDialog
          mine={withoutRevision(defaultsOf(draft, theirs.revision))}
          theirs={withoutRevision(theirs)}
          onTakeTheirs={() => {
            setDraft(draftOf(theirs));
            setTheirs(null);
            reset();
          }}
          onOverwrite={() => {
            setTheirs(null);
            save(theirs.revision);
          }}
        />
      )}
    </form>
  );
}

type ThresholdsProps = {
  thresholds: ThresholdDraft[];
  mayEdit: boolean;
  wrong: ApiError | null;
  onChange: (thresholds: ThresholdDraft[]) => void;
};

const LEVELS = ["warning", "urgent", "limit"] as const;

function Thresholds({ thresholds, mayEdit, wrong, onChange }: ThresholdsProps) {
  const m = useMessages().alerts;
  const set = (place: number, changes: Partial<ThresholdDraft>) =>
    onChange(thresholds.map((each, index) => (index === place ? { ...each, ...changes } : each)));
  return (
    <div className="space-y-2">
      <h3 className="text-sm font-medium">{m.defaults.thresholds}</h3>
      <p className="text-xs text-muted">{m.defaults.thresholdsHint}</p>
      {thresholds.map((threshold, place) => (
        <div
          key={place}
          className="grid grid-cols-[5rem_minmax(6rem,1fr)_auto] items-end gap-2 sm:grid-cols-[5rem_minmax(6rem,9rem)_minmax(0,1fr)_auto]"
        >
          <Field label={m.defaults.percent} error={of(wrong, `budgetAlertThresholds.${place}.percent`)}>
            <Input
              inputMode="numeric"
              value={threshold.percent}
              onChange={(event) => set(place, { percent: event.target.value })}
            />
          </Field>
          <Field label={m.defaults.level}>
            <Select
              value={threshold.level}
              options={LEVELS.map((level) => [level, m.levels[level]] as const)}
              onChange={(event) => set(place, { level: event.target.value as ThresholdDraft["level"] })}
            />
          </Field>
          <Field
            label={m.defaults.notify}
            error={of(wrong, `budgetAlertThresholds.${place}.notify`)}
            className="max-sm:order-last max-sm:col-span-full"
          >
            <Input value={threshold.notify} onChange={(event) => set(place, { notify: event.target.value })} />
          </Field>
          {mayEdit && (
            <IconButton
              label={m.defaults.removeThreshold(threshold.percent)}
              icon={Trash2}
              onClick={() => onChange(thresholds.filter((_, index) => index !== place))}
            />
          )}
        </div>
      ))}
      {thresholds.length === 0 && <p className="text-sm text-muted">{m.defaults.noThresholds}</p>}
      {of(wrong, "budgetAlertThresholds") !== undefined && (
        <p role="alert" className="text-xs text-bad">
          {of(wrong, "budgetAlertThresholds")}
        </p>
      )}
      {mayEdit && (
        <Button
          size="small"
          icon={Plus}
          onClick={() => onChange([...thresholds, { percent: "", level: "warning", notify: "owner" }])}
        >
          {m.defaults.addThreshold}
        </Button>
      )}
    </div>
  );
}

/** What is wrong with a field or with anything in it. */
function of(wrong: ApiError | null, field: string): string | undefined {
  return wrong?.of(field) ?? wrong?.fields.find((each) => each.field.startsWith(`${field}.`))?.message;
}

function withoutRevision({ revision: _, ...shown }: AlertDefaults): object {
  return shown;
}
