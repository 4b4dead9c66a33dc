import type { Role } from "@/app/session";
import { useMessages } from "@/messages";

const ROLES: readonly Role[] = ["viewer", "operator", "owner"];

/** One of the roles, each with what it may do. */
export function RoleChoice({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  const m = useMessages();
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{m.admins.fields.role}</legend>
      <div className="space-y-1.5">
        {ROLES.map((role) => (
          <label
            key={role}
            className="flex items-start gap-2 rounded border border-line p-2.5 has-checked:border-accent has-checked:bg-accent-soft"
          >
            <input
              type="radio"
              name="role"
              className="mt-0.5 size-4 accent-accent"
              checked={value === role}
              onChange={() => onChange(role)}
            />
            <span>
              {m.app.roles[role]}
              <span className="block text-xs text-muted">{m.admins.may[role]}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
