import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "zh";

type Preferences = {
  theme: Theme;
  language: Language;
  setTheme: (theme: Theme) => void;
  setLanguage: (language: Language) => void;
};

const THEMES: readonly Theme[] = ["system", "light", "dark"];
const LANGUAGES: readonly Language[] = ["en", "zh"];
const PreferencesContext = createContext<Preferences | null>(null);

/** Theme and language, kept in the browser; nothing else of the console outlives its tab. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [theme, setTheme] = useState<Theme>(() => kept("tollgate.theme", THEMES) ?? "system");
  const [language, setLanguage] = useState<Language>(() => kept("tollgate.language", LANGUAGES) ?? browsers());

  useEffect(() => {
    localStorage.setItem("tollgate.theme", theme);
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
      const isDark = theme === "dark" || (theme === "system" && dark.matches);
      document.documentElement.dataset.theme = isDark ? "dark" : "light";
    };
    apply();
    dark.addEventListener("change", apply);
    return () => dark.removeEventListener("change", apply);
  }, [theme]);

  useEffect(() => localStorage.setItem("tollgate.language", language), [language]);

  const preferences = useMemo(() => ({ theme, language, setTheme, setLanguage }), [theme, language]);
  return <PreferencesContext value={preferences}>{children}</PreferencesContext>;
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (preferences === null) throw new Error("There is no PreferencesProvider above.");
  return preferences;
}

/** The locale for dates and numbers. */
export function useLocale(): string {
  return usePreferences().language === "zh" ? "zh-CN" : "en-GB";
}

function kept<T extends string>(name: string, known: readonly T[]): T | undefined {
  const value = localStorage.getItem(name);
  return known.find((each) => each === value);
}

function browsers(): Language {
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
