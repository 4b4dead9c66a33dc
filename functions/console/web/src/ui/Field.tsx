import {
  Children,
  type ComponentProps,
  cloneElement,
  isValidElement,
  type ReactElement,
  type ReactNode,
  useId,
} from "react";
import { cx } from "./cx";

const CONTROL =
  "w-full min-w-0 rounded border border-line-strong/60 bg-surface px-2.5 py-1.5 text-base text-ink disabled:opacity-60 aria-invalid:border-bad";

type FieldProps = {
  label: ReactNode;
  hint?: ReactNode;
  /** What is wrong with the value, by the page or by the API. */
  error?: string;
  className?: string;
  /** One control: Input, Select, TextArea, or anything that takes id and aria attributes. */
  children: ReactElement<ControlAttributes>;
};

type ControlAttributes = { id?: string; "aria-describedby"?: string; "aria-invalid"?: boolean };

/** A labelled control with its hint and its error, all told to assistive technology. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const control = Children.only(children);
  if (!isValidElement(control)) throw new Error("A Field holds one control.");
  const told = error ?? hint;
  return (
    <div className={cx("min-w-0", className)}>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {cloneElement(control, {
        id,
        "aria-describedby": told === undefined ? undefined : `${id}-told`,
        "aria-invalid": error === undefined ? undefined : true,
      })}
      {told !== undefined && (
        <p
          id={`${id}-told`}
          role={error === undefined ? undefined : "alert"}
          className={cx("mt-1 text-xs", error === undefined ? "text-muted" : "text-bad")}
        >
          {told}
        </p>
      )}
    </div>
  );
}

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...rest} className={cx(CONTROL, className)} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea rows={3} {...rest} className={cx(CONTROL, className)} />;
}

type SelectProps = ComponentProps<"select"> & { options: ReadonlyArray<readonly [value: string, label: string]> };

export function Select({ options, className, ...rest }: SelectProps) {
  return (
    <select {...rest} className={cx(CONTROL, "min-h-8.75", className)}>
      {options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** An amount in USD, kept as the text that was typed. */
export function MoneyInput({ className, ...rest }: ComponentProps<"input">) {
  return (
    <span className="relative block">
      <span aria-hidden className="absolute top-1/2 left-2.5 -translate-y-1/2 text-muted">
        $
      </span>
      <input inputMode="decimal" autoComplete="off" {...rest} className={cx(CONTROL, "pl-6", className)} />
    </span>
  );
}

type CheckboxProps = Omit<ComponentProps<"input">, "type"> & { label: ReactNode; hint?: ReactNode };

export function Checkbox({ label, hint, className, ...rest }: CheckboxProps) {
  return (
    <label className={cx("flex items-start gap-2 text-base", className)}>
      <input type="checkbox" {...rest} className="mt-0.5 size-4 accent-accent" />
      <span>
        {label}
        {hint !== undefined && <span className="block text-xs text-muted">{hint}</span>}
      </span>
    </label>
  );
}
