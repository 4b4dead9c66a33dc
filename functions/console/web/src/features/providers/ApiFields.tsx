import { Plus, Trash2 } from "lucide-react";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { Field, Input, Select } from "@/ui/Field";
import { APIS, type ApiDraft, AUTH_HEADERS, newApi } from "./providerForm";

type ApiFieldsProps = {
  apis: ApiDraft[];
  onChange: (apis: ApiDraft[]) => void;
  error: string | undefined;
};

/** The APIs that are stated of a provider; without any, they follow from the rest. */
export function ApiFields({ apis, onChange, error }: ApiFieldsProps) {
  const m = useMessages().providers.form;
  return (
    <fieldset className="space-y-2 sm:col-span-2">
      <legend className="mb-1 font-medium">{m.apis}</legend>
      <p className="text-xs text-muted">{m.apisHint}</p>
      {apis.map((api, at) => (
        <ApiRow
          key={at}
          api={api}
          onChange={(changed) => onChange(apis.with(at, changed))}
          onRemove={() => onChange(apis.toSpliced(at, 1))}
        />
      ))}
      {error !== undefined && (
        <p role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
      {apis.length < APIS.length && (
        <Button size="small" icon={Plus} onClick={() => onChange([...apis, newApi(apis)])}>
          {m.addApi}
        </Button>
      )}
    </fieldset>
  );
}

type ApiRowProps = { api: ApiDraft; onChange: (api: ApiDraft) => void; onRemove: () => void };

function ApiRow({ api, onChange, onRemove }: ApiRowProps) {
  const m = useMessages().providers;
  const put = (changes: Partial<ApiDraft>) => onChange({ ...api, ...changes });
  return (
    <div className="relative grid gap-2 rounded border border-line p-3 pr-11 sm:grid-cols-2">
      <Field label={m.form.api}>
        <Select
          value={api.api}
          onChange={(event) => put({ api: event.target.value as ApiDraft["api"] })}
          options={APIS.map((each) => [each, m.apiName[each]] as const)}
        />
      </Field>
      <Field label={m.form.authHeader}>
        <Select
          value={api.authHeader}
          onChange={(event) => put({ authHeader: event.target.value as ApiDraft["authHeader"] })}
          options={[
            ["", m.form.byItself],
            ...AUTH_HEADERS.map((each) => [each, m.form.authHeaders[each] ?? each] as const),
          ]}
        />
      </Field>
      <Field label={m.form.baseUrl} className="sm:col-span-2">
        <Input
          type="url"
          spellCheck={false}
          placeholder={m.form.byItself}
          value={api.baseUrl}
          onChange={(event) => put({ baseUrl: event.target.value })}
        />
      </Field>
      <IconButton
        className="absolute top-1.5 right-1.5"
        label={m.form.removeApi(m.apiName[api.api])}
        icon={Trash2}
        onClick={onRemove}
      />
    </div>
  );
}
