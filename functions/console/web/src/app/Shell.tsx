import { Link, Navigate, Outlet, useMatches } from "@tanstack/react-router";
import { Menu, X } from "lucide-react";
import { useEffect, useState } from "react";
import { ExpiryNotice } from "@/features/sign-in/ExpiryNotice";
import { SignInPage } from "@/features/sign-in/SignInPage";
import { useMessages } from "@/messages";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { navigationOf } from "./navigation";
import { useSession, type Viewer } from "./session";
import { ViewerMenu } from "./ViewerMenu";

/** The page's frame: navigation at the side (on phones behind a button), who looks, and the page itself. */
export function Shell() {
  const { viewer } = useSession();
  return viewer === null ? <SignInPage /> : <SignedIn viewer={viewer} />;
}

function SignedIn({ viewer }: { viewer: Viewer }) {
  const m = useMessages().app;
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return;
    const closeOnEscape = ({ key }: KeyboardEvent) => key === "Escape" && setIsOpen(false);
    window.addEventListener("keydown", closeOnEscape);
    return () => window.removeEventListener("keydown", closeOnEscape);
  }, [isOpen]);

  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[13.5rem_minmax(0,1fr)]">
      {/* Not a link: a fragment alone would lead to the document's <base>. */}
      <button
        type="button"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3"
        onClick={() => document.getElementById("content")?.focus()}
      >
        {m.skip}
      </button>
      <header className="sticky top-0 z-30 flex items-center gap-2 border-b border-line bg-surface px-3 py-2 lg:hidden">
        <IconButton
          label={isOpen ? m.closeNavigation : m.openNavigation}
          icon={isOpen ? X : Menu}
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setIsOpen(!isOpen)}
        />
        <Brand />
      </header>
      <aside
        id="navigation"
        className={cx(
          "flex-col border-line bg-surface lg:sticky lg:top-0 lg:flex lg:h-dvh lg:border-r",
          isOpen ? "flex border-b" : "hidden",
        )}
      >
        <div className="hidden px-4 pt-4 pb-3 lg:block">
          <Brand />
        </div>
        <nav aria-label={m.navigation} className="flex-1 overflow-y-auto px-2 pb-3">
          {navigationOf(viewer).map(({ group, items }) => (
            <div key={group} className="mt-3 first:mt-1">
              <h2 className="px-2 pb-1 text-xs font-medium text-muted">{m.groups[group]}</h2>
              <ul>
                {items.map(({ page, to, icon: Icon }) => (
                  <li key={page}>
                    <Link
                      to={to}
                      activeOptions={{ exact: to === "/" }}
                      onClick={() => setIsOpen(false)}
                      className="flex items-center gap-2.5 rounded px-2 py-1.5 text-sm text-ink hover:bg-sunken"
                      activeProps={{ className: "bg-accent-soft font-semibold text-accent" }}
                    >
                      <Icon size={16} aria-hidden className="shrink-0" />
                      {m.pages[page]}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <ViewerMenu viewer={viewer} />
      </aside>
      <main id="content" tabIndex={-1} className="min-w-0 px-4 py-5 outline-none sm:px-6 lg:px-8">
        {viewer.kind === "admin" && viewer.expiresAt !== null && (
          <ExpiryNotice viewer={viewer} expiresAt={viewer.expiresAt} />
        )}
        <OwnPages viewer={viewer} />
      </main>
    </div>
  );
}

/** The page, if it is one of the viewer's; a holder's and an admin's have nothing in common. */
function OwnPages({ viewer }: { viewer: Viewer }) {
  // Of what would be shown: the location is already another one while a page is on its way.
  const isHolders = useMatches({ select: (matches) => matches.some(({ fullPath }) => /^\/me(\/|$)/.test(fullPath)) });
  if (isHolders === (viewer.kind === "holder")) return <Outlet />;
  return <Navigate to={viewer.kind === "holder" ? "/me" : "/"} replace />;
}

function Brand() {
  const m = useMessages().app;
  return (
    <Link to="/" className="inline-flex items-center gap-2 text-lg font-semibold">
      <img src="icon.svg" alt="" width={22} height={22} />
      {m.product}
    </Link>
  );
}
