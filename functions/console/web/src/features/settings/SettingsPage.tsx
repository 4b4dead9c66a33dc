import { useQuery } from "@tanstack/react-query";
import { settingsQuery } from "@/features/key-settings/queries";
import { useMessages } from "@/messages";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { Page } from "@/ui/Page";
import { Deployment } from "./Deployment";
import { SettingsForm } from "./SettingsForm";

export function SettingsPage() {
  const m = useMessages();
  const settings = useQuery(settingsQuery);
  return (
    <Page title={m.app.pages.settings} subtitle={m.settings.subtitle}>
      {settings.error !== null && <ErrorNote error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.isPending && <SkeletonRows rows={9} />}
      {settings.data !== undefined && (
        <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_22rem]">
          <SettingsForm settings={settings.data} />
          <Deployment deployment={settings.data.deployment} />
        </div>
      )}
    </Page>
  );
}
