import type { ReactNode } from "react";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { CopyButton } from "@/ui/Copy";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import type { KeyView } from "../queries";

/** What a key is, besides its budgets. */
export function FactList({ shown }: { shown: KeyView }) {
  const m = useMessages().keyPage.facts;
  const count = new Intl.NumberFormat(useLocale());
  const rates = [
    ...(shown.rpmLimit === null ? [] : [m.rpm(count.format(shown.rpmLimit))]),
    ...(shown.tpmLimit === null ? [] : [m.tpm(count.format(shown.tpmLimit))]),
    ...(shown.maxParallel === null ? [] : [m.parallel(count.format(shown.maxParallel))]),
  ];
  const tags = Object.entries(shown.tags).map(([name, value]) => `${name}=${value}`);
  return (
    <Section title={m.title}>
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm">
        <Fact label={m.id}>
          <span className="flex items-center gap-1">
            <code className="break-all">{shown.id}</code>
            <CopyButton text={shown.id} />
          </span>
        </Fact>
        {shown.externalId !== null && <Fact label={m.externalId}>{shown.externalId}</Fact>}
        <Fact label={m.owner}>{shown.ownerEmail ?? "–"}</Fact>
        <Fact label={m.priority}>{m.priorities[shown.priority]}</Fact>
        <Fact label={m.models}>{shown.allowedModels?.join(", ") ?? m.allModels}</Fact>
        <Fact label={m.rates}>{rates.length === 0 ? m.noRates : rates.join(" · ")}</Fact>
        {tags.length > 0 && <Fact label={m.tags}>{tags.join(", ")}</Fact>}
        <Fact label={m.created}>
          <Time value={shown.createdAt} />
        </Fact>
        <Fact label={m.lastUsed}>
          {shown.lastUsedAt === null ? m.never : <Time value={shown.lastUsedAt} as="relative" />}
        </Fact>
        {shown.expiresAt !== null && (
          <Fact label={m.expires}>
            <Time value={shown.expiresAt} />
          </Fact>
        )}
        {shown.previousSecretsValidUntil !== null && (
          <Fact label={m.oldSecrets}>
            <Time value={shown.previousSecretsValidUntil} />
          </Fact>
        )}
      </dl>
    </Section>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
