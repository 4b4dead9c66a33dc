import type { LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { cx } from "./cx";

export type MenuAction = {
  label: string;
  icon?: LucideIcon;
  isDangerous?: boolean;
  isDisabled?: boolean;
  onSelect: () => void;
};

/** A button's menu of actions; those that are not permitted are left out by whoever lists them. */
export function Menu({ trigger, actions }: { trigger: ReactNode; actions: MenuAction[] }) {
  const button = useRef<HTMLButtonElement>(null);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger ref={button} asChild>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-40 min-w-44 rounded border border-line bg-surface p-1 shadow-lg"
        >
          {actions.map(({ label, icon: Icon, isDangerous, isDisabled, onSelect }) => (
            <DropdownMenu.Item
              key={label}
              disabled={isDisabled}
              onSelect={() => {
                // A dialog that is opened now gives the focus back to the button: the menu will be gone.
                button.current?.focus();
                onSelect();
              }}
              className={cx(
                "flex items-center gap-2 rounded px-2 py-1.5 text-base outline-none data-disabled:opacity-50 data-highlighted:bg-sunken",
                isDangerous === true && "text-bad",
              )}
            >
              {Icon !== undefined && <Icon size={15} aria-hidden />}
              {label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
