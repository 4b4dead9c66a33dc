import { Link } from "@tanstack/react-router";
import { Circle, CircleCheck } from "lucide-react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { cx } from "@/ui/cx";
import { SkeletonRows } from "@/ui/Feedback";
import { Section } from "@/ui/Page";
import { useFirstSteps } from "./queries";

const STEPS = [
  { step: "provider", to: "/providers", hint: "providerHint" },
  { step: "model", to: "/models", hint: "modelHint" },
  { step: "key", to: "/keys", hint: "keyHint" },
  { step: "call", to: "/keys", hint: "callHint" },
] as const;

/** What to do with a new stack, in order. Where one is depends on what the stack has, not on what was clicked. */
export function FirstSteps() {
  const m = useMessages().overview.first;
  const { can } = useSession();
  const { data } = useFirstSteps(true);
  if (!can("createKey")) {
    return (
      <Section title={m.title}>
        <p className="text-muted">{m.ask}</p>
      </Section>
    );
  }
  const done = { provider: false, model: false, key: false, ...data, call: false };
  const next = STEPS.find(({ step }) => !done[step])?.step;
  return (
    <Section title={m.title} hint={m.hint}>
      {data === undefined ? (
        <SkeletonRows rows={4} />
      ) : (
        <ol className="space-y-1">
          {STEPS.map(({ step, to, hint }) => (
            <li
              key={step}
              aria-current={step === next ? "step" : undefined}
              className={cx("flex items-start gap-3 rounded px-3 py-2", step === next && "bg-accent-soft")}
            >
              {done[step] ? (
                <CircleCheck size={20} aria-label={m.done} className="mt-0.5 shrink-0 text-good" />
              ) : (
                <Circle size={20} aria-hidden className="mt-0.5 shrink-0 text-muted" />
              )}
              <div className="min-w-0 flex-1">
                <p className={cx("font-medium", done[step] && "text-muted line-through")}>{m[step]}</p>
                <p className="text-sm text-muted">{m[hint]}</p>
              </div>
              {!done[step] && (
                <Link
                  to={to}
                  className={cx(
                    "shrink-0 rounded border px-3 py-1.5 text-base font-medium",
                    step === next ? "border-accent bg-accent text-accent-ink" : "border-line-strong/50 hover:bg-sunken",
                  )}
                >
                  {m.go[step]}
                </Link>
              )}
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
