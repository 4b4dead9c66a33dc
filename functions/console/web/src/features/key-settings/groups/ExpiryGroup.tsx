import { useMessages } from "@/messages";
import { Time } from "@/ui/Time";
import type { KeyView } from "../draft";
import { durationText } from "../durationText";
import { MomentInput } from "../parts/MomentInput";
import { SettingField } from "../parts/SettingField";
import { useForm } from "../useKeyForm";

export function ExpiryGroup({ apiKey }: { apiKey: KeyView | null }) {
  const m = useMessages().keySettings;
  const { form, surroundings, isNew } = useForm();
  const { draft, set } = form;
  const days = surroundings.settings.defaultExpiryDays.value;
  const grace = durationText(surroundings.settings.rotationGraceSeconds.value, m.units);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SettingField field="expiresAt" inherited={isNew && days !== null ? m.rotation.expiryDefault(days) : undefined}>
        <MomentInput value={draft.expiresAt} onChange={(expiresAt) => set({ expiresAt })} />
      </SettingField>
      <div className="min-w-0 text-sm">
        <h4 className="mb-1 font-medium">{m.rotation.title}</h4>
        {apiKey !== null && (
          <p>
            {apiKey.previousSecretsValidUntil === null ? (
              m.rotation.none
            ) : (
              <>
                {m.rotation.previous} <Time value={apiKey.previousSecretsValidUntil} />
              </>
            )}
          </p>
        )}
        <p className="mt-1 text-xs text-muted">{m.rotation.hint(grace)}</p>
      </div>
    </div>
  );
}
