import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { useMessages } from "@/messages";
import { IconButton } from "@/ui/Button";
import { keyQuery, searchKeys } from "../queries";
import { Combobox } from "./Combobox";
import { type Suggestion, useSuggestions } from "./useSuggestions";

type KeyPickerProps = {
  value: string | null;
  onChange: (id: string | null) => void;
  /** Keys that can't be picked, such as the one that is to be moved. */
  except?: readonly string[];
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
};

/** One key, or none: searched by name, id, owner or tag. */
export function KeyPicker({ value, onChange, except = [], ...attributes }: KeyPickerProps) {
  const m = useMessages().keySettings;
  const chosen = useQuery({ ...keyQuery(value ?? ""), enabled: value !== null });
  const [typed, setTyped] = useState<string | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const { found, isPending } = useSuggestions("keys", typed?.trim() ?? "", isOpen, suggestedKeys);
  const name = value === null ? "" : (chosen.data?.name ?? value);

  return (
    <div className="flex items-center gap-1">
      <Combobox
        {...attributes}
        placeholder={value === null ? m.parts.keySearch : undefined}
        typed={typed ?? name}
        onType={setTyped}
        options={found.filter(({ id }) => !except.includes(id))}
        isPending={isPending}
        onOpen={setIsOpen}
        onPick={({ id }) => {
          onChange(id);
          setTyped(null);
        }}
        onLeave={() => setTyped(null)}
      />
      {value !== null && <IconButton label={m.parts.clear} icon={X} onClick={() => onChange(null)} />}
    </div>
  );
}

async function suggestedKeys(search: string): Promise<Suggestion[]> {
  const keys = await searchKeys(search);
  return keys.map(({ id, name, ownerEmail }) => ({
    id,
    label: name,
    note: ownerEmail === null ? id : `${id} · ${ownerEmail}`,
  }));
}
