import type { ReactNode } from "react";
import { PreferenceSelects } from "@/app/ViewerMenu";
import { useMessages } from "@/messages";

/** What stands around whatever one sees before one is signed in. */
export function SignInFrame({ children }: { children: ReactNode }) {
  const m = useMessages().signIn;
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 py-8 sm:justify-center">
      <div className="w-full max-w-md space-y-5">
        <header className="space-y-1.5">
          <h1 className="flex items-center gap-2.5 text-xl font-semibold">
            <img src="icon.svg" alt="" width={28} height={28} />
            {m.title}
          </h1>
          <p className="text-muted">{m.purpose}</p>
        </header>
        {children}
        <PreferenceSelects />
      </div>
    </main>
  );
}
