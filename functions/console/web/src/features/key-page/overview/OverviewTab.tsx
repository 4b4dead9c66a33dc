import { useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Empty } from "@/ui/Feedback";
import { Section } from "@/ui/Page";
import { BudgetDialog } from "../actions/BudgetDialog";
import type { KeyStanding, KeyView } from "../queries";
import { AdmissionPanel } from "./AdmissionPanel";
import { AncestorList } from "./AncestorList";
import { BudgetCard } from "./BudgetCard";
import { FactList } from "./FactList";

type OverviewTabProps = { shown: KeyView; standing: KeyStanding };

export function OverviewTab({ shown, standing }: OverviewTabProps) {
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="min-w-0 space-y-4">
        {standing.budgets.map((budget) => (
          <BudgetCard key={budget.window} shown={shown} budget={budget} standing={standing} />
        ))}
        {standing.budgets.length === 0 && <NoBudget shown={shown} />}
      </div>
      <div className="min-w-0 space-y-4">
        <AdmissionPanel shown={shown} standing={standing} />
        <AncestorList standing={standing} />
        <FactList shown={shown} />
      </div>
    </div>
  );
}

function NoBudget({ shown }: { shown: KeyView }) {
  const m = useMessages().keyPage.budgets;
  const { can } = useSession();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Section>
      <Empty
        title={m.none}
        hint={m.noneHint}
        action={can("setBudget") && <Button onClick={() => setIsOpen(true)}>{m.set}</Button>}
      />
      {isOpen && <BudgetDialog shown={shown} onClose={() => setIsOpen(false)} />}
    </Section>
  );
}
