import { type KeyboardEvent, useDeferredValue, useId, useState } from "react";
import { useMessages } from "@/messages";
import { cx } from "@/ui/cx";
import { Input } from "@/ui/Field";
import { useKeysNamed } from "./queries";

/** Finds a key by part of its name, id, owner or tags: the API searches, page by page, not the browser. */
export function KeyPicker({ onPick }: { onPick: (keyId: string) => void }) {
  const m = useMessages().costs.filters;
  const listId = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const wanted = useDeferredValue(text.trim());
  const { data: keys, isFetching } = useKeysNamed(wanted);
  const found = keys ?? [];
  const isOpen = wanted.length > 1 && !isFetching;

  function onKeyDown(event: KeyboardEvent) {
    const chosen = found[active];
    if (event.key === "Enter" && isOpen && chosen !== undefined) {
      event.preventDefault();
      onPick(chosen.id);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive(Math.max(0, Math.min(found.length - 1, active + step)));
    }
  }

  return (
    <div className="relative w-72 max-w-full">
      <Input
        role="combobox"
        aria-label={m.findKey}
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && found.length > 0 ? `${listId}-${active}` : undefined}
        placeholder={m.findKey}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        id={listId}
        role="listbox"
        aria-label={m.findKey}
        className={cx(
          "absolute z-30 mt-1 max-h-72 w-full overflow-y-auto rounded border border-line bg-surface p-1 shadow-lg",
          !isOpen && "hidden",
        )}
      >
        {found.map((key, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text field takes the keys
          <div
            key={key.id}
            id={`${listId}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === active}
            onClick={() => onPick(key.id)}
            onPointerEnter={() => setActive(at)}
            className={cx("cursor-pointer rounded px-2 py-1", at === active && "bg-sunken")}
          >
            <div className="truncate text-base">{key.name}</div>
            <div className="truncate text-xs text-muted">{key.ownerEmail ?? key.id}</div>
          </div>
        ))}
        {isOpen && found.length === 0 && <p className="px-2 py-1.5 text-sm text-muted">{m.noKey}</p>}
      </div>
    </div>
  );
}
