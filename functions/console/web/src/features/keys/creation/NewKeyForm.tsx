import { ChevronDown, ChevronRight } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Schemas } from "@/api/client";
import { KeySettingsFields } from "@/features/key-settings/KeySettingsFields";
import { useNewKey } from "@/features/key-settings/useNewKey";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { FewFields, IN_FEW_FIELDS } from "./FewFields";

type NewKeyFormProps = {
  /** The key that it is created below, unless another one is chosen. */
  under: string | null;
  onCreated: (issued: Schemas["IssuedKeyView"]) => void;
  onCancel: () => void;
};

/** Asks for what most keys need, and for everything else on request. */
export function NewKeyForm({ under, onCreated, onCancel }: NewKeyFormProps) {
  const m = useMessages();
  const { form, surroundings, error: unknown, create } = useNewKey(under);
  const [isMoreShown, setIsMoreShown] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setFailure(null);
    try {
      const issued = await create();
      if (issued !== null) onCreated(issued);
    } catch (error) {
      setFailure(error);
    } finally {
      setIsBusy(false);
    }
  }

  if (surroundings === undefined) return unknown ? <ErrorNote error={unknown} /> : <SkeletonRows rows={6} />;
  // What is wrong elsewhere isn't to be looked for.
  const isWrongElsewhere = Object.keys(form.draft).some(
    (field) => !IN_FEW_FIELDS.has(field) && form.errorWithin(field) !== undefined,
  );
  const isAllShown = isMoreShown || isWrongElsewhere;
  const MoreIcon = isAllShown ? ChevronDown : ChevronRight;
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
      <FewFields form={form} surroundings={surroundings} />
      <Button
        kind="quiet"
        icon={MoreIcon}
        aria-expanded={isAllShown}
        onClick={() => setIsMoreShown(!isAllShown)}
        className="-ml-3"
      >
        {m.keys.creation.more}
      </Button>
      {isAllShown && (
        <>
          <p className="text-sm text-muted">{m.keys.creation.moreHint}</p>
          <KeySettingsFields form={form} surroundings={surroundings} apiKey={null} />
        </>
      )}
      {failure !== null && <ErrorNote error={failure} />}
      <DialogActions>
        <Button onClick={onCancel}>{m.ui.cancel}</Button>
        <Button type="submit" kind="primary" isBusy={isBusy}>
          {m.keys.creation.submit}
        </Button>
      </DialogActions>
    </form>
  );
}
