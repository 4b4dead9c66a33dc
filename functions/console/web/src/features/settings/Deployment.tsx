import { Link } from "@tanstack/react-router";
import { Bell, BookOpen, FileJson } from "lucide-react";
import { ADMIN_URL } from "@/app/base";
import { useMessages } from "@/messages";
import { Section } from "@/ui/Page";
import type { Settings } from "./draft";

/** What only a deployment changes, and where to read more. */
export function Deployment({ deployment }: { deployment: Settings["deployment"] }) {
  const m = useMessages().settings;
  const link = "inline-flex items-center gap-1.5 text-accent underline";
  const shown = [
    [m.deployment.version, deployment.version],
    [m.deployment.reportingZone, deployment.reportingZone],
    [m.deployment.maxKeyDepth, String(deployment.maxKeyDepth)],
  ] as const;
  return (
    <div className="space-y-5">
      <Section title={m.deployment.title} hint={m.deployment.hint}>
        <dl className="space-y-2">
          {shown.map(([label, value]) => (
            <div key={label}>
              <dt className="text-sm text-muted">{label}</dt>
              <dd className="break-words">{value}</dd>
            </div>
          ))}
        </dl>
      </Section>
      <Section title={m.more.title}>
        <ul className="space-y-2">
          <li>
            <Link to="/alerts" className={link}>
              <Bell size={15} aria-hidden />
              {m.more.alerts}
            </Link>
          </li>
          <li>
            <a href={`${ADMIN_URL}/docs`} target="_blank" rel="noreferrer" className={link}>
              <BookOpen size={15} aria-hidden />
              {m.more.docs}
            </a>
          </li>
          <li>
            <a href={`${ADMIN_URL}/openapi.json`} target="_blank" rel="noreferrer" className={link}>
              <FileJson size={15} aria-hidden />
              {m.more.openapi}
            </a>
          </li>
        </ul>
      </Section>
    </div>
  );
}
