import { useState } from "react";
import { useMessages } from "@/messages";
import { Input, Select } from "@/ui/Field";
import { inSeconds, inUnit, UNITS, type Unit, unitOf } from "./durations";

type DurationInputProps = {
  /** Seconds, as text; empty is none. */
  value: string;
  onChange: (seconds: string) => void;
  placeholder?: string;
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
};

/** A length of time in a unit of one's choice. */
export function DurationInput({ value, onChange, ...attributes }: DurationInputProps) {
  const m = useMessages().keySettings;
  const [unit, setUnit] = useState<Unit>(() => unitOf(value));
  return (
    <span className="flex gap-2">
      <Input
        {...attributes}
        inputMode="decimal"
        autoComplete="off"
        className="max-w-32"
        value={inUnit(value, unit)}
        onChange={(event) => onChange(inSeconds(event.target.value, unit))}
      />
      <Select
        aria-label={m.parts.unit}
        className="max-w-36"
        value={unit}
        options={(Object.keys(UNITS) as Unit[]).map((name) => [name, m.units[name]] as const)}
        onChange={(event) => {
          const other = event.target.value as Unit;
          setUnit(other);
          onChange(inSeconds(inUnit(value, unit), other));
        }}
      />
    </span>
  );
}
