import { useState } from "react";
import { useMessages } from "@/messages";
import { searchModels } from "../queries";
import { ChipsInput } from "./ChipsInput";
import { Combobox } from "./Combobox";
import { type Suggestion, useSuggestions } from "./useSuggestions";

type ControlAttributes = {
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
};

/** Names of models. Those that are not in the catalog yet can be typed, too. */
export function ModelsPicker({
  values,
  onChange,
  isOrdered,
  ...attributes
}: ControlAttributes & { values: readonly string[]; onChange: (values: string[]) => void; isOrdered?: boolean }) {
  const m = useMessages().keySettings.parts;
  return (
    <ChipsInput
      {...attributes}
      values={values}
      onChange={onChange}
      isOrdered={isOrdered}
      suggestions="models"
      find={suggestedModels}
      placeholder={m.modelSearch}
    />
  );
}

/** The name of one model. */
export function ModelPicker({
  value,
  onChange,
  ...attributes
}: ControlAttributes & { value: string; onChange: (value: string) => void }) {
  const m = useMessages().keySettings.parts;
  const [isOpen, setIsOpen] = useState(false);
  const { found, isPending } = useSuggestions("models", value.trim(), isOpen, suggestedModels);
  return (
    <Combobox
      {...attributes}
      placeholder={m.modelSearch}
      typed={value}
      onType={(typed) => onChange(typed.trim())}
      options={found}
      isPending={isPending}
      onOpen={setIsOpen}
      onPick={({ id }) => onChange(id)}
    />
  );
}

async function suggestedModels(search: string): Promise<Suggestion[]> {
  return (await searchModels(search)).map((name) => ({ id: name, label: name }));
}
