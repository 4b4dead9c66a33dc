import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Page } from "@/ui/Page";

export function NotFoundPage() {
  const m = useMessages().app.notFound;
  return (
    <Page title={m.title}>
      <p className="text-muted">{m.hint}</p>
      <Link to="/" className="text-accent underline">
        {m.home}
      </Link>
    </Page>
  );
}

export function CrashedPage({ error }: ErrorComponentProps) {
  const m = useMessages().app.crashed;
  return (
    <Page title={m.title}>
      <p className="text-muted">{m.hint}</p>
      <ErrorNote error={error} />
      <Button onClick={() => window.location.reload()}>{m.reload}</Button>
    </Page>
  );
}
