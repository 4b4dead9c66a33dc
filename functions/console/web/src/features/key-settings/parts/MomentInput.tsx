import { X } from "lucide-react";
import { useMessages } from "@/messages";
import { IconButton } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { fromLocal, toLocal } from "./moments";

type MomentInputProps = {
  /** RFC 3339; null is none. */
  value: string | null;
  onChange: (moment: string | null) => void;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
};

/** A date and time in the viewer's zone, which is named beside it. */
export function MomentInput({ value, onChange, ...attributes }: MomentInputProps) {
  const m = useMessages().keySettings.parts;
  return (
    <span className="block">
      <span className="flex items-center gap-1">
        <Input
          {...attributes}
          type="datetime-local"
          className="max-w-60"
          value={toLocal(value)}
          onChange={(event) => onChange(fromLocal(event.target.value))}
        />
        {value !== null && <IconButton label={m.clear} icon={X} onClick={() => onChange(null)} />}
      </span>
      {value !== null && (
        <span className="mt-1 block text-xs text-muted">
          {m.zone(Intl.DateTimeFormat().resolvedOptions().timeZone)}
        </span>
      )}
    </span>
  );
}
