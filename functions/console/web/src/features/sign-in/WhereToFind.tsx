import { useMessages } from "@/messages";
import { Code } from "@/ui/Copy";

const LOCAL = `python3 -c 'import json; print(json.load(open(".local/stack.json"))["admin_token"])'`;
const AWS = `SECRET=$(aws cloudformation describe-stacks --stack-name tollgate-dev \\
  --query 'Stacks[0].Outputs[?OutputKey==\`AdminTokenSecret\`].OutputValue' --output text)
aws secretsmanager get-secret-value --secret-id "$SECRET" --query SecretString --output text`;

/** For who has no token yet: who hands them out, and how to read the stack's own. */
export function WhereToFind() {
  const m = useMessages().signIn.where;
  return (
    <details className="rounded-lg border border-line bg-surface px-4 py-3 text-sm">
      <summary className="font-medium">{m.title}</summary>
      <dl className="mt-3 space-y-3">
        <Place term={m.callers} told={m.callersHint} />
        <Place term={m.admins} told={m.adminsHint} />
        <Place term={m.local} told={m.localHint} command={LOCAL} />
        <Place term={m.aws} told={m.awsHint} command={AWS} />
      </dl>
    </details>
  );
}

function Place({ term, told, command }: { term: string; told: string; command?: string }) {
  return (
    <div className="space-y-1">
      <dt className="font-medium">{term}</dt>
      <dd className="space-y-1.5 text-muted">
        <p>{told}</p>
        {command !== undefined && <Code text={command} />}
      </dd>
    </div>
  );
}
