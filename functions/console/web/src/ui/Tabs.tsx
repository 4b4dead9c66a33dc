import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

type TabsProps<Id extends string> = {
  label: string;
  tabs: ReadonlyArray<{ id: Id; label: ReactNode; content: () => ReactNode }>;
  /** The tab that is open: kept in the page's URL, so that it can be linked to. */
  value: Id;
  onChange: (id: Id) => void;
};

export function Tabs<Id extends string>({ label, tabs, value, onChange }: TabsProps<Id>) {
  return (
    <Radix.Root value={value} onValueChange={(id) => onChange(id as Id)}>
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map(({ id, label: name }) => (
          <Radix.Trigger
            key={id}
            value={id}
            className="-mb-px border-b-2 border-transparent px-3 py-2 text-base whitespace-nowrap text-muted data-[state=active]:border-accent data-[state=active]:font-semibold data-[state=active]:text-ink"
          >
            {name}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ id, content }) => (
        <Radix.Content key={id} value={id} className="pt-4 outline-none">
          {id === value && content()}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
