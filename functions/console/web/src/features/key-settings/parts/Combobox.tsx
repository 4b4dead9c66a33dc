import { type KeyboardEvent, useId, useState } from "react";
import { useMessages } from "@/messages";
import { cx } from "@/ui/cx";
import { Input } from "@/ui/Field";
import type { Suggestion } from "./useSuggestions";

type ComboboxProps = {
  typed: string;
  onType: (typed: string) => void;
  options: Suggestion[];
  isPending?: boolean;
  onPick: (option: Suggestion) => void;
  /** Told when the list opens and closes, so that nothing is asked for before. */
  onOpen?: (isOpen: boolean) => void;
  /** Keys that the list doesn't take: Enter where nothing is marked, Backspace and the like. */
  onKey?: (event: KeyboardEvent<HTMLInputElement>) => void;
  onLeave?: () => void;
  placeholder?: string;
  className?: string;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
};

/** An input with a list of what fits, for the keyboard and the mouse. */
export function Combobox({
  typed,
  onType,
  options,
  isPending = false,
  onPick,
  onOpen,
  onKey,
  onLeave,
  ...attributes
}: ComboboxProps) {
  const m = useMessages().keySettings.parts;
  const listId = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [marked, setMarked] = useState(-1);
  const active = isOpen ? options[marked] : undefined;

  function show(wanted: boolean) {
    setIsOpen(wanted);
    setMarked(-1);
    onOpen?.(wanted);
  }

  function pick(option: Suggestion) {
    onPick(option);
    show(false);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return show(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setMarked((at) => (options.length === 0 ? -1 : (at + step + options.length) % options.length));
    } else if (event.key === "Enter" && active !== undefined) {
      event.preventDefault();
      pick(active);
    } else if (event.key === "Escape" && isOpen) {
      // Closes the list alone, not the dialog around it.
      event.preventDefault();
      event.stopPropagation();
      show(false);
    } else {
      onKey?.(event);
    }
  }

  return (
    <div className="relative min-w-0 flex-1">
      <Input
        {...attributes}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={active === undefined ? undefined : `${listId}-${marked}`}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          onType(event.target.value);
          if (!isOpen) show(true);
        }}
        onFocus={() => onOpen?.(true)}
        onClick={() => show(true)}
        onBlur={() => {
          show(false);
          onLeave?.();
        }}
        onKeyDown={onKeyDown}
      />
      <div
        id={listId}
        role="listbox"
        aria-label={attributes["aria-label"] ?? attributes.placeholder}
        hidden={!isOpen}
        className="absolute top-full right-0 left-0 z-20 mt-1 max-h-64 overflow-y-auto rounded border border-line bg-surface p-1 shadow-lg"
      >
        {options.map((option, index) => (
          // The input keeps the focus, and takes the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: it is marked by aria-activedescendant
          <div
            key={option.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === marked}
            className={cx("cursor-pointer rounded px-2 py-1.5 text-base break-words", index === marked && "bg-sunken")}
            onMouseDown={(event) => {
              event.preventDefault();
              pick(option);
            }}
            onMouseEnter={() => setMarked(index)}
          >
            {option.label}
            {option.note !== undefined && <span className="block text-xs text-muted">{option.note}</span>}
          </div>
        ))}
        {options.length === 0 && (
          <p className="px-2 py-1.5 text-sm text-muted">{isPending ? m.searching : m.nothing}</p>
        )}
      </div>
    </div>
  );
}
