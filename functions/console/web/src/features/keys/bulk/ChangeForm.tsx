import { type FormEvent, type ReactNode, useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { DialogActions } from "@/ui/Dialog";
import { isAmount } from "@/ui/decimals";
import { Checkbox, Field, Input, MoneyInput, Select } from "@/ui/Field";
import { PRIORITIES } from "../filters";
import type { Change } from "./changes";

type ChangeFormProps = {
  kind: Exclude<Change["kind"], "revoke">;
  count: number;
  onSubmit: (change: Change) => void;
  onCancel: () => void;
};

/** Asks what exactly is to be done with several keys. */
export function ChangeForm({ kind, count, onSubmit, onCancel }: ChangeFormProps) {
  const frame = { count, onSubmit, onCancel };
  switch (kind) {
    case "reinstate":
      return <Reinstatement {...frame} />;
    case "raise":
      return <Raise {...frame} />;
    case "tag":
      return <TagSetting {...frame} />;
    case "owner":
      return <OwnerChange {...frame} />;
    case "priority":
      return <PriorityChange {...frame} />;
  }
}

type PartProps = Omit<ChangeFormProps, "kind">;

function Reinstatement({ onSubmit, ...frame }: PartProps) {
  const m = useMessages().keys.bulk;
  return (
    <Frame {...frame} change={{ kind: "reinstate" }} onSubmit={onSubmit}>
      <p>{m.reinstatement}</p>
    </Frame>
  );
}

function Raise(frame: PartProps) {
  const m = useMessages().keys.bulk;
  const [limit, setLimit] = useState<"budget" | "quota">("budget");
  const [unit, setUnit] = useState<"usd" | "percent">("percent");
  const [by, setBy] = useState("");
  const Amount = unit === "usd" ? MoneyInput : Input;
  const isValid = isAmount(by) && Number(by) > 0;
  return (
    <Frame {...frame} change={isValid ? { kind: "raise", limit, unit, by } : null}>
      <p className="text-sm text-muted">{m.raiseHint}</p>
      <Field label={m.limit}>
        <Select
          options={[
            ["budget", m.limits.budget],
            ["quota", m.limits.quota],
          ]}
          value={limit}
          onChange={({ target }) => setLimit(target.value === "quota" ? "quota" : "budget")}
        />
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label={m.by} error={by !== "" && !isValid ? m.notAnAmount : undefined}>
          <Amount inputMode="decimal" value={by} onChange={({ target }) => setBy(target.value.trim())} />
        </Field>
        <Field label={m.unit}>
          <Select
            options={[
              ["percent", m.units.percent],
              ["usd", m.units.usd],
            ]}
            value={unit}
            onChange={({ target }) => setUnit(target.value === "usd" ? "usd" : "percent")}
          />
        </Field>
      </div>
    </Frame>
  );
}

function TagSetting(frame: PartProps) {
  const m = useMessages().keys.bulk;
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [isRemoved, setIsRemoved] = useState(false);
  const isValid = name !== "" && !name.includes("=");
  return (
    <Frame {...frame} change={isValid ? { kind: "tag", name, value: isRemoved ? null : value } : null}>
      <Field label={m.tagName} error={name.includes("=") ? m.tagNameHasEquals : undefined}>
        <Input autoComplete="off" maxLength={64} value={name} onChange={({ target }) => setName(target.value)} />
      </Field>
      <Field label={m.tagValue}>
        <Input
          autoComplete="off"
          maxLength={256}
          disabled={isRemoved}
          value={isRemoved ? "" : value}
          onChange={({ target }) => setValue(target.value)}
        />
      </Field>
      <Checkbox label={m.removeTag} checked={isRemoved} onChange={({ target }) => setIsRemoved(target.checked)} />
    </Frame>
  );
}

function OwnerChange(frame: PartProps) {
  const m = useMessages().keys.bulk;
  const [email, setEmail] = useState("");
  const [isRemoved, setIsRemoved] = useState(false);
  const change = isRemoved || email !== "" ? ({ kind: "owner", email: isRemoved ? null : email } as const) : null;
  return (
    <Frame {...frame} change={change}>
      <Field label={m.ownerEmail} hint={m.ownerEmailHint}>
        <Input
          type="email"
          autoComplete="off"
          maxLength={254}
          disabled={isRemoved}
          value={isRemoved ? "" : email}
          onChange={({ target }) => setEmail(target.value.trim())}
        />
      </Field>
      <Checkbox label={m.removeOwner} checked={isRemoved} onChange={({ target }) => setIsRemoved(target.checked)} />
    </Frame>
  );
}

function PriorityChange(frame: PartProps) {
  const m = useMessages().keys;
  const [priority, setPriority] = useState<(typeof PRIORITIES)[number]>("normal");
  return (
    <Frame {...frame} change={{ kind: "priority", priority }}>
      <Field label={m.filters.priority} hint={m.bulk.priorityHint}>
        <Select
          options={PRIORITIES.map((each) => [each, m.filters.priorities[each]])}
          value={priority}
          onChange={({ target }) => setPriority(PRIORITIES.find((each) => each === target.value) ?? "normal")}
        />
      </Field>
    </Frame>
  );
}

type FrameProps = PartProps & {
  /** Null while something in the form is missing or wrong. */
  change: Change | null;
  children: ReactNode;
};

function Frame({ change, count, onSubmit, onCancel, children }: FrameProps) {
  const m = useMessages();
  function submit(event: FormEvent) {
    event.preventDefault();
    if (change !== null) onSubmit(change);
  }
  return (
    <form onSubmit={submit} className="space-y-3">
      {children}
      <DialogActions>
        <Button onClick={onCancel}>{m.ui.cancel}</Button>
        <Button type="submit" kind="primary" disabled={change === null}>
          {m.keys.bulk.apply(count)}
        </Button>
      </DialogActions>
    </form>
  );
}
