import { X } from "lucide-react";
import { useState } from "react";
import { useMessages } from "@/messages";
import { Combobox } from "./Combobox";
import { type Suggestion, useSuggestions } from "./useSuggestions";

type ChipsInputProps = {
  values: readonly string[];
  onChange: (values: string[]) => void;
  /** A name for what is suggested, which it is remembered by. */
  suggestions: string;
  find: (search: string) => Promise<Suggestion[]>;
  /** How a value is shown, if not as itself. */
  labelOf?: (value: string) => string;
  placeholder?: string;
  /** Whether the order of the values says something, so that it is shown. */
  isOrdered?: boolean;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
};

/** A list of short texts. Enter, a comma or leaving the input adds what is typed; Backspace in an empty one removes. */
export function ChipsInput({
  values,
  onChange,
  suggestions,
  find,
  labelOf = (value) => value,
  isOrdered = false,
  ...attributes
}: ChipsInputProps) {
  const m = useMessages().keySettings.parts;
  const [typed, setTyped] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const { found, isPending } = useSuggestions(suggestions, typed.trim(), isOpen, find);

  function add(text: string) {
    const more = text.split(/[\s,]+/).filter((each) => each !== "");
    if (more.length > 0) onChange([...new Set([...values, ...more])]);
    setTyped("");
  }

  return (
    <div className="space-y-1.5">
      {values.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {values.map((value, index) => (
            <li key={value} className="inline-flex max-w-full items-center gap-1 rounded bg-sunken py-0.5 pr-0.5 pl-2">
              <span className="min-w-0 text-sm break-all">
                {isOrdered && <span className="text-muted">{index + 1}. </span>}
                {labelOf(value)}
              </span>
              <button
                type="button"
                aria-label={m.remove(labelOf(value))}
                title={m.remove(labelOf(value))}
                className="rounded p-0.5 text-muted hover:bg-line hover:text-ink"
                onClick={() => onChange(values.filter((each) => each !== value))}
              >
                <X size={13} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <Combobox
        {...attributes}
        typed={typed}
        onType={(text) => (text.includes(",") ? add(text) : setTyped(text))}
        options={found.filter(({ id }) => !values.includes(id))}
        isPending={isPending}
        onOpen={setIsOpen}
        onPick={({ id }) => add(id)}
        onLeave={() => add(typed)}
        onKey={(event) => {
          if (event.key === "Enter" && typed.trim() !== "") {
            event.preventDefault();
            add(typed);
          } else if (event.key === "Backspace" && typed === "" && values.length > 0) {
            onChange(values.slice(0, -1));
          }
        }}
      />
    </div>
  );
}
