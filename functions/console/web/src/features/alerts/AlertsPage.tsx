import { useNavigate, useSearch } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Page, Section } from "@/ui/Page";
import { Tabs } from "@/ui/Tabs";
import { AlertHistory } from "./AlertHistory";
import { DefaultsForm } from "./DefaultsForm";
import { type AlertSearch, searchOf } from "./search";
import { TestAlertDialog } from "./TestAlertDialog";

export function AlertsPage() {
  const m = useMessages().alerts;
  const { can } = useSession();
  const search = searchOf(useSearch({ strict: false }));
  const navigate = useNavigate();
  const [isTesting, setIsTesting] = useState(false);
  const go = (wanted: AlertSearch) => void navigate({ to: "/alerts", search: wanted, replace: true });

  return (
    <Page
      title={m.title}
      subtitle={m.subtitle}
      actions={
        can("raiseTest") && (
          <Button icon={Send} onClick={() => setIsTesting(true)}>
            {m.test.title}
          </Button>
        )
      }
    >
      <Section>
        <Tabs<NonNullable<AlertSearch["tab"]>>
          label={m.title}
          value={search.tab ?? "history"}
          onChange={(tab) => go({ ...search, tab: tab === "history" ? undefined : tab })}
          tabs={[
            {
              id: "history",
              label: m.history.title,
              content: () => <AlertHistory keyId={search.keyId} onKey={(keyId) => go({ ...search, keyId })} />,
            },
            { id: "defaults", label: m.defaults.title, content: () => <DefaultsForm /> },
          ]}
        />
      </Section>
      {isTesting && <TestAlertDialog keyId={search.keyId} onClose={() => setIsTesting(false)} />}
    </Page>
  );
}
