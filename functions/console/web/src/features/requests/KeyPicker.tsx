import { X } from "lucide-react";
import { useId, useState } from "react";
import { useMessages } from "@/messages";
import { IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { useKeyName, useKeySearch } from "./queries";

type KeyPickerProps = {
  id?: string;
  "aria-describedby"?: string;
  value: string | undefined;
  onChange: (keyId: string | undefined) => void;
};

/** One key, found by a part of its name. */
export function KeyPicker({ value, onChange, id, ...aria }: KeyPickerProps) {
  const m = useMessages().requests.keyPicker;
  const [text, setText] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const { data: found } = useKeySearch(text);
  const name = useKeyName(value);
  const listId = useId();

  if (value !== undefined) {
    return (
      <span className="flex min-h-8.5 items-center gap-1 rounded border border-line-strong/60 bg-surface py-0.5 pr-0.5 pl-2.5">
        <span id={id} className="min-w-0 flex-1 truncate" title={name ?? value}>
          {name ?? value}
        </span>
        <IconButton label={m.clear} icon={X} onClick={() => onChange(undefined)} />
      </span>
    );
  }
  const isShown = isOpen && found !== undefined && text.trim() !== "";
  return (
    <fieldset
      className="relative"
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setIsOpen(false)}
    >
      <Input
        {...aria}
        id={id}
        role="combobox"
        aria-expanded={isShown}
        aria-controls={listId}
        aria-autocomplete="list"
        autoComplete="off"
        placeholder={m.placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setIsOpen(true);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") setIsOpen(false);
          const first = found?.[0];
          if (event.key === "Enter" && isShown && first !== undefined) {
            event.preventDefault();
            onChange(first.id);
          }
        }}
      />
      {isShown && (
        <ul
          id={listId}
          aria-label={m.found}
          className="absolute top-full right-0 left-0 z-20 mt-1 max-h-72 min-w-56 overflow-y-auto rounded border border-line bg-surface p-1 shadow-lg"
        >
          {found.map((key) => (
            <li key={key.id}>
              <button
                type="button"
                className="block w-full truncate rounded px-2 py-1.5 text-left hover:bg-sunken focus:bg-sunken"
                onClick={() => {
                  setText("");
                  onChange(key.id);
                }}
              >
                {key.name}
              </button>
            </li>
          ))}
          {found.length === 0 && <li className="px-2 py-1.5 text-sm text-muted">{m.nothing}</li>}
        </ul>
      )}
    </fieldset>
  );
}
