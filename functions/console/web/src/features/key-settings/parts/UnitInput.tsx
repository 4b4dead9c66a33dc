import type { ComponentProps } from "react";
import { cx } from "@/ui/cx";
import { Input } from "@/ui/Field";

/** A number, kept as the text that was typed, with its unit beside it. */
export function UnitInput({ unit, className, ...rest }: ComponentProps<"input"> & { unit: string }) {
  return (
    <span className="flex items-center gap-2">
      <Input inputMode="decimal" autoComplete="off" {...rest} className={cx("max-w-40", className)} />
      <span className="text-sm whitespace-nowrap text-muted">{unit}</span>
    </span>
  );
}
