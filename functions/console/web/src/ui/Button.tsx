import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { cx } from "./cx";

type Kind = "primary" | "plain" | "quiet" | "danger";

const KINDS: Record<Kind, string> = {
  primary: "border-accent bg-accent text-accent-ink hover:brightness-110",
  plain: "border-line-strong/50 bg-surface text-ink hover:bg-sunken",
  quiet: "border-transparent text-ink hover:bg-sunken",
  danger: "border-bad bg-surface text-bad hover:bg-bad-soft",
};

type ButtonProps = ComponentProps<"button"> & {
  kind?: Kind;
  size?: "small" | "normal";
  icon?: LucideIcon;
  /** Shows that what the button began is going on; it can't be pressed meanwhile. */
  isBusy?: boolean;
};

export function Button({
  kind = "plain",
  size = "normal",
  icon: Icon,
  isBusy = false,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled === true || isBusy}
      aria-busy={isBusy || undefined}
      className={cx(
        "inline-flex items-center gap-1.5 rounded border font-medium whitespace-nowrap disabled:opacity-50",
        size === "small" ? "px-2 py-1 text-sm" : "px-3 py-1.5 text-base",
        KINDS[kind],
        className,
      )}
    >
      {isBusy ? (
        <LoaderCircle size={15} aria-hidden className="animate-spin" />
      ) : (
        Icon && <Icon size={15} aria-hidden />
      )}
      {children}
    </button>
  );
}

type IconButtonProps = Omit<ComponentProps<"button">, "children"> & { label: string; icon: LucideIcon };

/** A button that is only a picture: `label` is its name for those who can't see it, and its tooltip. */
export function IconButton({ label, icon: Icon, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cx(
        "inline-flex rounded p-1.5 text-muted hover:bg-sunken hover:text-ink disabled:opacity-50",
        className,
      )}
    >
      <Icon size={17} aria-hidden />
    </button>
  );
}
