import { CircleCheck, CircleX } from "lucide-react";
import { useMessages } from "@/messages";
import { Money } from "@/ui/Money";
import { Section } from "@/ui/Page";
import { formatDuration } from "./durations";
import { type LoggedRequest, useProviderNames } from "./queries";
import { type Step, stepsOf } from "./timeline";

/** Who was asked for an answer, in which order, and for how long. */
export function Timeline({ request }: { request: LoggedRequest }) {
  const m = useMessages().requests.timeline;
  const providers = useProviderNames();
  const steps = stepsOf(request);
  const whole = Math.max(1, ...steps.map(({ start, milliseconds }) => start + milliseconds));
  return (
    <Section title={m.title} hint={steps.length > 1 ? m.failedOver(steps.length - 1) : undefined}>
      <ol className="space-y-3">
        {steps.map((step, place) => (
          <li key={place}>
            <div className="flex flex-wrap items-baseline justify-between gap-x-3">
              <span className="inline-flex min-w-0 items-baseline gap-1.5">
                <StepIcon step={step} request={request} />
                <span className="font-medium">
                  {providers.get(step.providerId ?? "") ?? step.providerId ?? m.unknown}
                </span>
                {step.remoteModel !== null && <code className="truncate text-sm text-muted">{step.remoteModel}</code>}
              </span>
              <span className="text-sm whitespace-nowrap">{formatDuration(step.milliseconds)}</span>
            </div>
            <div aria-hidden className="mt-1 h-2 overflow-hidden rounded bg-sunken">
              <div
                className={
                  step.fault === null && request.outcome === "succeeded" ? "h-full bg-accent" : "h-full bg-bad/70"
                }
                style={{
                  marginLeft: `${(step.start / whole) * 100}%`,
                  width: `${Math.max(0.5, (step.milliseconds / whole) * 100)}%`,
                }}
              />
            </div>
            <p className="mt-0.5 text-sm text-muted">
              <StepText step={step} request={request} />
            </p>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function StepIcon({ step, request }: { step: Step; request: LoggedRequest }) {
  const isGood = step.fault === null && request.outcome === "succeeded";
  const Icon = isGood ? CircleCheck : CircleX;
  return (
    <Icon
      size={15}
      aria-hidden
      className={isGood ? "shrink-0 self-center text-good" : "shrink-0 self-center text-bad"}
    />
  );
}

function StepText({ step, request }: { step: Step; request: LoggedRequest }) {
  const m = useMessages().requests.timeline;
  if (step.fault === null) {
    if (request.outcome === "abandoned") return <>{m.abandoned}</>;
    if (request.outcome === "failed") return <>{step.httpStatus === null ? m.noAnswer : m.failed(step.httpStatus)}</>;
    return <>{request.streamed ? m.streamed : m.answered}</>;
  }
  return (
    <>
      {m.faults[step.fault as keyof typeof m.faults] ?? step.fault}
      {step.httpStatus !== null && ` (${step.httpStatus})`}
      {step.cost !== null && step.cost !== "0" && (
        <>
          {" · "}
          {m.charged} <Money value={step.cost} />
        </>
      )}
    </>
  );
}
