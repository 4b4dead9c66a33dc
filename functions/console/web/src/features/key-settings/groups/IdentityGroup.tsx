import { Plus, X } from "lucide-react";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { nearest } from "../inherited";
import { KeyPicker } from "../parts/KeyPicker";
import { SettingField } from "../parts/SettingField";
import { useForm } from "../useKeyForm";

const MOST_TAGS = 20;

export function IdentityGroup({ isSelfNamed }: { isSelfNamed: boolean }) {
  const m = useMessages().keySettings;
  const { form, surroundings, isNew } = useForm();
  const { draft, set } = form;
  const costCentre = nearest(surroundings, "costCentre");
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SettingField field="name" inherited={isSelfNamed ? m.selfNamed : undefined}>
        <Input required maxLength={128} value={draft.name} onChange={(event) => set({ name: event.target.value })} />
      </SettingField>
      {isNew && (
        <SettingField field="parentId" inherited={draft.parentId === null ? m.parent.none : undefined}>
          <KeyPicker value={draft.parentId} onChange={(parentId) => set({ parentId })} />
        </SettingField>
      )}
      <SettingField field="ownerEmail">
        <Input
          type="email"
          autoComplete="off"
          value={draft.ownerEmail}
          onChange={(event) => set({ ownerEmail: event.target.value })}
        />
      </SettingField>
      <SettingField
        field="costCentre"
        inherited={costCentre === null ? undefined : m.inherited.from(costCentre.value, costCentre.from.name)}
      >
        <Input
          maxLength={128}
          placeholder={costCentre?.value}
          value={draft.costCentre}
          onChange={(event) => set({ costCentre: event.target.value })}
        />
      </SettingField>
      <SettingField field="externalId">
        <Input maxLength={128} value={draft.externalId} onChange={(event) => set({ externalId: event.target.value })} />
      </SettingField>
      <TagRows />
    </div>
  );
}

function TagRows() {
  const m = useMessages().keySettings;
  const { draft, set, errorAt, errorWithin } = useForm().form;
  const { tags } = draft;
  const edit = (index: number, edited: Partial<(typeof tags)[number]>) =>
    set({ tags: tags.map((tag, at) => (at === index ? { ...tag, ...edited } : tag)) });
  const error = errorWithin("tags");
  return (
    <fieldset className="min-w-0 sm:col-span-2">
      <legend className="mb-1 text-sm font-medium">{m.fields.tags.label}</legend>
      <div className="space-y-1.5">
        {tags.map((tag, index) => (
          <div key={index} className="flex items-center gap-2">
            <Input
              aria-label={m.tags.name}
              placeholder={m.tags.name}
              maxLength={64}
              aria-invalid={errorAt(`tags.${index}`) === undefined ? undefined : true}
              value={tag.name}
              onChange={(event) => edit(index, { name: event.target.value })}
            />
            <Input
              aria-label={m.tags.value}
              placeholder={m.tags.value}
              maxLength={256}
              value={tag.value}
              onChange={(event) => edit(index, { value: event.target.value })}
            />
            <IconButton
              label={m.parts.remove(tag.name)}
              icon={X}
              onClick={() => set({ tags: tags.filter((_, at) => at !== index) })}
            />
          </div>
        ))}
        {tags.length < MOST_TAGS && (
          <Button size="small" icon={Plus} onClick={() => set({ tags: [...tags, { name: "", value: "" }] })}>
            {m.tags.add}
          </Button>
        )}
      </div>
      <p className={error === undefined ? "mt-1 text-xs text-muted" : "mt-1 text-xs text-bad"}>
        {error ?? m.fields.tags.hint}
      </p>
    </fieldset>
  );
}
