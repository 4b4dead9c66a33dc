import { Check, Copy as CopyIcon } from "lucide-react";
import { useState } from "react";
import { useMessages } from "@/messages";
import { Button, IconButton } from "./Button";

type CopyButtonProps = { text: string; label?: string; onCopied?: () => void };

/** Copies `text` to the clipboard, and says so. */
export function CopyButton({ text, label, onCopied }: CopyButtonProps) {
  const m = useMessages().ui;
  const [isDone, setIsDone] = useState(false);

  async function copy() {
    await navigator.clipboard.writeText(text);
    setIsDone(true);
    onCopied?.();
    setTimeout(() => setIsDone(false), 2000);
  }

  const icon = isDone ? Check : CopyIcon;
  const name = isDone ? m.copied : (label ?? m.copy);
  return (
    <>
      {label === undefined ? (
        <IconButton label={name} icon={icon} onClick={() => void copy()} />
      ) : (
        <Button icon={icon} onClick={() => void copy()}>
          {name}
        </Button>
      )}
      <span role="status" className="sr-only">
        {isDone ? m.copied : ""}
      </span>
    </>
  );
}

/** Text to be copied as it stands: a command, an id, a snippet. */
export function Code({ text }: { text: string }) {
  return (
    <div className="relative rounded border border-line bg-sunken">
      {/* Scrolls by keyboard, too. */}
      <pre tabIndex={0} className="overflow-x-auto p-3 pr-10 font-mono text-sm">
        {text}
      </pre>
      <span className="absolute top-1.5 right-1.5 rounded bg-sunken">
        <CopyButton text={text} />
      </span>
    </div>
  );
}
