import { type ReactNode, useEffect } from "react";
import { cx } from "./cx";

type PageProps = {
  title: string;
  /** What stands above the title: the way here. */
  trail?: ReactNode;
  subtitle?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
};

/** A page's head and body. The title is the document's, too. */
export function Page({ title, trail, subtitle, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Tollgate`;
  }, [title]);
  return (
    <div className="mx-auto max-w-[90rem] space-y-5">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          {trail !== undefined && <div className="mb-1 text-sm text-muted">{trail}</div>}
          <h1 className="text-xl font-semibold break-words">{title}</h1>
          {subtitle !== undefined && <div className="mt-0.5 text-sm text-muted">{subtitle}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

type SectionProps = {
  title?: ReactNode;
  hint?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
};

/** A part of a page, on a surface of its own. */
export function Section({ title, hint, actions, className, children }: SectionProps) {
  return (
    <section className={cx("min-w-0 rounded-lg border border-line bg-surface p-4", className)}>
      {(title !== undefined || actions !== undefined) && (
        <div className="mb-3 flex flex-wrap items-start justify-between gap-2">
          <div>
            {title !== undefined && <h2 className="text-lg font-semibold">{title}</h2>}
            {hint !== undefined && <p className="text-sm text-muted">{hint}</p>}
          </div>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}

type FigureProps = { label: ReactNode; value: ReactNode; note?: ReactNode };

/** One figure that is to be seen at a glance. */
export function Figure({ label, value, note }: FigureProps) {
  return (
    <div className="min-w-0">
      <div className="text-sm text-muted">{label}</div>
      <div className="text-2xl font-semibold">{value}</div>
      {note !== undefined && <div className="text-sm text-muted">{note}</div>}
    </div>
  );
}
