import { useState } from "react";
import type { Schemas } from "@/api/client";
import { ApiError } from "@/api/errors";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Code } from "@/ui/Copy";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { Section } from "@/ui/Page";
import { Tabs } from "@/ui/Tabs";
import { Time } from "@/ui/Time";
import { prettyBody } from "./bodies";
import { formatBytes } from "./durations";
import { useBodies } from "./queries";

type Part = "request" | "response";

/** What was sent and answered, of keys that have it kept. Nothing is fetched before it is asked for. */
export function Bodies({ requestId }: { requestId: string }) {
  const m = useMessages().requests.bodies;
  const { can } = useSession();
  const [isAsked, setIsAsked] = useState(false);
  const [part, setPart] = useState<Part>("request");
  const { data, error } = useBodies(requestId, isAsked);

  if (!can("getBodies")) return null;
  return (
    <Section title={m.title} hint={m.hint}>
      {!isAsked && <Button onClick={() => setIsAsked(true)}>{m.show}</Button>}
      {isAsked &&
        error !== null &&
        (isNotKept(error) ? <p className="text-muted">{m.notKept}</p> : <ErrorNote error={error} />)}
      {isAsked && error === null && data === undefined && <Skeleton className="h-40" />}
      {data !== undefined && (
        <>
          <Tabs<Part>
            label={m.title}
            value={part}
            onChange={setPart}
            tabs={[
              { id: "request", label: m.request, content: () => <BodyText body={data.request} /> },
              { id: "response", label: m.response, content: () => <BodyText body={data.response} /> },
            ]}
          />
          <p className="mt-2 text-xs text-muted">
            {m.keptUntil} <Time value={data.expiresAt} />
          </p>
        </>
      )}
    </Section>
  );
}

function BodyText({ body }: { body: Schemas["BodyView"] }) {
  const m = useMessages().requests.bodies;
  return (
    <div className="space-y-2">
      <p className="text-sm text-muted">
        {formatBytes(body.size)}
        {body.truncated && ` · ${m.truncated}`}
        {body.encoding === "base64" && ` · ${m.base64}`}
      </p>
      <Code text={body.encoding === "base64" ? body.body : prettyBody(body.body)} />
    </div>
  );
}

function isNotKept(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
