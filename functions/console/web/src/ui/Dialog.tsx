import { X } from "lucide-react";
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
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

const SIZES = { small: "max-w-md", normal: "max-w-xl", wide: "max-w-4xl" };

const FIELDS = "input:enabled, select:enabled, textarea:enabled";

/**
 * A modal dialog, by the browser's own element: it keeps the focus, and Escape closes it. Shown while it is rendered.
 * The focus begins at what is to be filled in, and goes back to where it was.
 */
export function Dialog({ title, onClose, place = "middle", size = "normal", children }: DialogProps) {
  const m = useMessages().ui;
  const dialog = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const titleId = useId();
  // A layout effect, since its end comes before the element is removed: only one that is there gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element?.open === false) element.showModal();
    const parts = body.current;
    (parts?.querySelector<HTMLElement>(FIELDS) ?? parts?.querySelector<HTMLElement>("button:enabled"))?.focus();
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
      <div ref={body} className="p-4">
        {children}
      </div>
    </dialog>
  );
}

/** The row of a dialog's buttons, the one that acts last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>;
}
