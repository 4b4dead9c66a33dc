import { Tabs as Radix } from "radix-ui";
import { type ReactNode, useEffect, useRef } from "react";

type TabsProps<Id extends string> = {
  label: string;
  tabs: ReadonlyArray<{ id: Id; label: ReactNode; content: () => ReactNode }>;
  /** The tab that is open: kept in the page's URL, so that it can be linked to. */
  value: Id;
  onChange: (id: Id) => void;
};

export function Tabs<Id extends string>({ label, tabs, value, onChange }: TabsProps<Id>) {
  const list = useRef<HTMLDivElement>(null);
  // On a narrow screen the open tab may be one that is scrolled out of sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tab that is open is read from the document
  useEffect(() => {
    const open = list.current?.querySelector<HTMLElement>("[data-state=active]");
    if (list.current && open)
      list.current.scrollLeft = open.offsetLeft - (list.current.clientWidth - open.offsetWidth) / 2;
  }, [value]);
  return (
    <Radix.Root value={value} onValueChange={(id) => onChange(id as Id)}>
      <Radix.List ref={list} aria-label={label} className="relative flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map(({ id, label: name }) => (
          <Radix.Trigger
            key={id}
            value={id}
            data-tab={id}
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
