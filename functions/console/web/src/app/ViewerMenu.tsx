import { LogOut } from "lucide-react";
import { useSigningOut } from "@/features/sign-in/signingOut";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Select } from "@/ui/Field";
import { type Language, type Theme, usePreferences } from "./preferences";
import type { Viewer } from "./session";

/** Who looks, in which language and theme, and the way out. */
export function ViewerMenu({ viewer }: { viewer: Viewer }) {
  const m = useMessages().app;
  const signOut = useSigningOut();
  const role = viewer.kind === "admin" ? m.roles[viewer.role] : m.holder;
  return (
    <div className="border-t border-line p-3 text-sm">
      <p className="truncate font-medium" title={m.signedInAs(viewer.name)}>
        {viewer.name}
      </p>
      <p className="text-xs text-muted">{role}</p>
      <PreferenceSelects />
      <Button kind="quiet" size="small" icon={LogOut} className="mt-2 w-full justify-start" onClick={signOut}>
        {m.signOut}
      </Button>
    </div>
  );
}

export function PreferenceSelects() {
  const m = useMessages().app;
  const { theme, setTheme, language, setLanguage } = usePreferences();
  return (
    <div className="mt-2 flex flex-wrap gap-2 *:min-w-36 *:flex-1">
      <Select
        aria-label={m.theme.label}
        value={theme}
        onChange={(event) => setTheme(event.target.value as Theme)}
        options={[
          ["system", m.theme.system],
          ["light", m.theme.light],
          ["dark", m.theme.dark],
        ]}
      />
      <Select
        aria-label={m.language.label}
        value={language}
        onChange={(event) => setLanguage(event.target.value as Language)}
        options={[
          ["en", "English"],
          ["zh", "中文"],
        ]}
      />
    </div>
  );
}
