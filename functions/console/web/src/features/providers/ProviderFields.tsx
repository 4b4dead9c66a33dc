import type { Schemas } from "@/api/client";
import { useMessages } from "@/messages";
import { Field, Input, Select, TextArea } from "@/ui/Field";
import { ApiFields } from "./ApiFields";
import { AUTH_HEADERS, OUTPUT_LIMITS, PRESETS, type ProviderDraft, STREAM_USAGES, VENDORS } from "./providerForm";
import type { Provider } from "./queries";

type ProviderFieldsProps = {
  provider?: Provider;
  draft: ProviderDraft;
  onChange: (draft: ProviderDraft) => void;
  errorOf: (name: keyof ProviderDraft) => string | undefined;
};

export function ProviderFields({ provider, draft, onChange, errorOf }: ProviderFieldsProps) {
  const m = useMessages().providers;
  const put = (changes: Partial<ProviderDraft>) => onChange({ ...draft, ...changes });
  return (
    <>
      {provider === undefined && <Preset draft={draft} put={put} />}
      <div className="grid gap-3 sm:grid-cols-2">
        {provider === undefined && (
          <>
            <Field label={m.form.name} hint={m.form.nameHint} error={errorOf("name")}>
              <Input value={draft.name} onChange={(event) => put({ name: event.target.value })} />
            </Field>
            <Field label={m.form.type} hint={m.form.typeHint} error={errorOf("type")}>
              <Select
                value={draft.type}
                onChange={(event) => put({ type: event.target.value === "anthropic" ? "anthropic" : "openai" })}
                options={[
                  ["openai", m.types.openai],
                  ["anthropic", m.types.anthropic],
                ]}
              />
            </Field>
          </>
        )}
        <Field label={m.form.baseUrl} hint={m.form.baseUrlHint} error={errorOf("baseUrl")} className="sm:col-span-2">
          <Input
            type="url"
            spellCheck={false}
            placeholder="https://"
            value={draft.baseUrl}
            onChange={(event) => put({ baseUrl: event.target.value })}
          />
        </Field>
        <Field
          label={m.form.apiKey}
          hint={provider?.hasApiKey === true ? m.form.apiKeyKept : m.form.apiKeyHint}
          error={errorOf("apiKey")}
          className="sm:col-span-2"
        >
          <Input
            type="password"
            autoComplete="new-password"
            spellCheck={false}
            value={draft.apiKey}
            onChange={(event) => put({ apiKey: event.target.value })}
          />
        </Field>
      </div>
      <details open={provider !== undefined} className="rounded border border-line">
        <summary className="px-3 py-2 font-medium">{m.form.rest}</summary>
        <div className="grid gap-3 border-t border-line p-3 sm:grid-cols-2">
          <Choice
            name="vendor"
            label={m.form.vendor}
            values={VENDORS}
            labelOf={m.vendorName}
            draft={draft}
            put={put}
            errorOf={errorOf}
          />
          <Choice
            name="authHeader"
            label={m.form.authHeader}
            values={AUTH_HEADERS}
            labelOf={(value) => m.form.authHeaders[value as Schemas["AuthHeader"]] ?? value}
            draft={draft}
            put={put}
            errorOf={errorOf}
          />
          <Choice
            name="outputLimitName"
            label={m.form.outputLimitName}
            values={OUTPUT_LIMITS}
            draft={draft}
            put={put}
            errorOf={errorOf}
          />
          <Choice
            name="streamUsage"
            label={m.form.streamUsage}
            values={STREAM_USAGES}
            labelOf={(value) => m.form.streamUsages[value as keyof typeof m.form.streamUsages]}
            draft={draft}
            put={put}
            errorOf={errorOf}
          />
          <Field
            label={m.form.betaHeaders}
            hint={m.form.betaHeadersHint}
            error={errorOf("betaHeaders")}
            className="sm:col-span-2"
          >
            <TextArea
              rows={2}
              spellCheck={false}
              value={draft.betaHeaders}
              onChange={(event) => put({ betaHeaders: event.target.value })}
            />
          </Field>
          <ApiFields apis={draft.apis} onChange={(apis) => put({ apis })} error={errorOf("apis")} />
        </div>
      </details>
    </>
  );
}

type Put = (changes: Partial<ProviderDraft>) => void;

function Preset({ draft, put }: { draft: ProviderDraft; put: Put }) {
  const m = useMessages().providers.form;
  const chosen = PRESETS.find(({ name, baseUrl }) => name === draft.name && baseUrl === draft.baseUrl);
  return (
    <Field label={m.preset}>
      <Select
        value={chosen?.name ?? ""}
        onChange={(event) => {
          const preset = PRESETS.find(({ name }) => name === event.target.value);
          put(preset ?? { name: "", baseUrl: "" });
        }}
        options={[["", m.presetOther], ...PRESETS.map(({ name, baseUrl }) => [name, `${name} · ${baseUrl}`] as const)]}
      />
    </Field>
  );
}

type ChoiceProps = {
  name: "vendor" | "authHeader" | "outputLimitName" | "streamUsage";
  label: string;
  values: readonly string[];
  labelOf?: (value: string) => string;
  draft: ProviderDraft;
  put: Put;
  errorOf: ProviderFieldsProps["errorOf"];
};

function Choice({ name, label, values, labelOf = (value) => value, draft, put, errorOf }: ChoiceProps) {
  const m = useMessages().providers.form;
  const options = values.map((value) => [value, labelOf(value)] as const);
  return (
    <Field label={label} error={errorOf(name)}>
      <Select
        value={draft[name]}
        onChange={(event) => put({ [name]: event.target.value } as Partial<ProviderDraft>)}
        options={draft[name] === "" || !values.includes(draft[name]) ? [["", m.byItself], ...options] : options}
      />
    </Field>
  );
}
