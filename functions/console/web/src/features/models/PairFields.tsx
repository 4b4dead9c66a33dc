import { Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { Field, Input } from "@/ui/Field";
import { type Pair, pairPath } from "./priceForm";

type PairFieldsProps = {
  /** The field of the request that holds them. */
  field: string;
  pairs: Pair[];
  valueLabel: string;
  onChange: (pairs: Pair[]) => void;
  errorOf: (path: string) => string | undefined;
};

/** Figures by name: a tool's price, a tier's multiple. */
export function PairFields({ field, pairs, valueLabel, onChange, errorOf }: PairFieldsProps) {
  const m = useMessages().models;
  const put = (at: number, pair: Pair) => onChange(pairs.with(at, pair));
  return (
    <div className="space-y-2">
      {pairs.map((pair, at) => (
        <Row key={at} onRemove={() => onChange(pairs.toSpliced(at, 1))}>
          <Field label={m.priceForm.name} error={errorOf(pairPath(field, pairs, at))}>
            <Input
              value={pair.name}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => put(at, { ...pair, name: event.target.value })}
            />
          </Field>
          <Field label={valueLabel}>
            <Input
              inputMode="decimal"
              autoComplete="off"
              value={pair.value}
              onChange={(event) => put(at, { ...pair, value: event.target.value })}
            />
          </Field>
        </Row>
      ))}
      <Button size="small" icon={Plus} onClick={() => onChange([...pairs, { name: "", value: "" }])}>
        {m.priceForm.addPair}
      </Button>
    </div>
  );
}

function Row({ children, onRemove }: { children: ReactNode; onRemove: () => void }) {
  const m = useMessages().models.actions;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] items-start gap-2">
      {children}
      <IconButton className="mt-6" label={m.remove} icon={Trash2} onClick={onRemove} />
    </div>
  );
}

/** A block of a list, with a way to take it away. */
export function Block({ children, onRemove }: { children: ReactNode; onRemove: () => void }) {
  const m = useMessages().models.actions;
  return (
    <div className="relative rounded border border-line p-3 pr-11">
      {children}
      <IconButton className="absolute top-1.5 right-1.5" label={m.remove} icon={Trash2} onClick={onRemove} />
    </div>
  );
}
