import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useMessages } from "@/messages";
import { IconButton } from "./Button";
import { cx } from "./cx";

type DialogProps = {
  title: ReactNode;
  onClose: () => void;
  /** `side`: along the right edge, for forms that are long. */
  place?: "middle" | "side";
  size?: "small" | "normal" | "wide";
  children: ReactNode;
};

/** What one fills in; the first of them has the focus when a dialog opens. */
const FIELDS = ["input", "select", "textarea"].map((field) => `${field}:enabled`).join();

const SIZES = { small: "max-w-md", normal: "max-w-xl", wide: "max-w-4xl" };

/** A modal dialog, by the browser's own element: it keeps the focus, and Escape closes it. Shown while it is rendered. */
export function Dialog({ title, onClose, place = "middle", size = "normal", children }: DialogProps) {
  const m = useMessages().ui;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element?.open === false) {
      element.showModal();
      // The browser would give the focus to the first thing that takes it: the cross.
      element.querySelector<HTMLElement>(FIELDS)?.focus();
    }
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={cx(
        "m-auto w-full overflow-y-auto border border-line bg-surface p-0 text-ink shadow-xl",
        SIZES[size],
        place === "side" ? "mr-0 h-dvh max-h-dvh" : "max-h-[90dvh] rounded-lg",
      )}
    >
      <header className="sticky top-0 z-10 flex items-center justify-between gap-3 border-b border-line bg-surface px-4 py-3">
        <h2 id={titleId} className="min-w-0 text-lg font-semibold break-words">
          {title}
        </h2>
        <IconButton label={m.close} icon={X} onClick={onClose} />
      </header>
      <div className="p-4">{children}</div>
    </dialog>
  );
}

/** The row of a dialog's buttons, the one that acts last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>;
}
