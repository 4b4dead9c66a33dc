import { Plus, X } from "lucide-react";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { Checkbox, Field } from "@/ui/Field";
import type { DowngradeDraft, RuleDraft } from "../draft";
import { useForm } from "../useKeyForm";
import { ModelPicker, ModelsPicker } from "./ModelPicker";
import { UnitInput } from "./UnitInput";

const MOST_RULES = 20;

/** Which models serve instead of which while a budget is nearly used, and from when until when. */
export function DowngradeFields({ downgrade }: { downgrade: DowngradeDraft }) {
  const m = useMessages().keySettings;
  const { set, errorAt, errorWithin } = useForm().form;
  const edit = (edited: Partial<DowngradeDraft>) => set({ downgrade: { ...downgrade, ...edited } });
  const editRule = (index: number, edited: Partial<RuleDraft>) =>
    edit({ rules: downgrade.rules.map((rule, at) => (at === index ? { ...rule, ...edited } : rule)) });
  const noRules = downgrade.rules.length === 0 ? errorAt("downgrade.rules") : undefined;
  return (
    <div className="space-y-3">
      {downgrade.rules.map((rule, index) => (
        <div
          key={index}
          className="grid items-start gap-3 rounded border border-line p-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,2fr)_auto]"
        >
          <Field label={m.policies.from} error={errorAt(`downgrade.rules.${index}.from`)}>
            <ModelPicker value={rule.from} onChange={(from) => editRule(index, { from })} />
          </Field>
          <Field label={m.policies.to} error={errorWithin(`downgrade.rules.${index}.to`)}>
            <ModelsPicker isOrdered values={rule.to} onChange={(to) => editRule(index, { to })} />
          </Field>
          <IconButton
            label={m.parts.remove(rule.from)}
            icon={X}
            className="sm:mt-6"
            onClick={() => edit({ rules: downgrade.rules.filter((_, at) => at !== index) })}
          />
        </div>
      ))}
      {noRules !== undefined && (
        <p role="alert" className="text-xs text-bad">
          {noRules}
        </p>
      )}
      {downgrade.rules.length < MOST_RULES && (
        <Button size="small" icon={Plus} onClick={() => edit({ rules: [...downgrade.rules, { from: "", to: [] }] })}>
          {m.policies.addRule}
        </Button>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={m.policies.enter} hint={m.policies.enterHint} error={errorAt("downgrade.enterPercent")}>
          <UnitInput
            inputMode="numeric"
            unit={m.units.percent}
            value={downgrade.enterPercent}
            onChange={(event) => edit({ enterPercent: event.target.value })}
          />
        </Field>
        <Field label={m.policies.exit} hint={m.policies.exitHint} error={errorAt("downgrade.exitPercent")}>
          <UnitInput
            inputMode="numeric"
            unit={m.units.percent}
            value={downgrade.exitPercent}
            onChange={(event) => edit({ exitPercent: event.target.value })}
          />
        </Field>
      </div>
      <Checkbox
        label={m.policies.conversations}
        hint={m.policies.conversationsHint}
        checked={downgrade.switchConversations}
        onChange={(event) => edit({ switchConversations: event.target.checked })}
      />
    </div>
  );
}
