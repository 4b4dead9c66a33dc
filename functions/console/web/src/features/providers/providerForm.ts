/** A provider as its form holds it. */
import type { Schemas } from "@/api/client";
import type { Provider, ProviderCreation, ProviderEdit } from "./queries";

export type ProviderDraft = {
  name: string;
  type: Schemas["ProviderType"];
  baseUrl: string;
  apiKey: string;
  /** "" for what follows from type and host; so are the next ones. */
  vendor: Schemas["Vendor"] | "";
  authHeader: Schemas["AuthHeader"] | "";
  outputLimitName: Schemas["OutputLimit"] | "";
  streamUsage: Schemas["StreamUsage"] | "";
  betaHeaders: string;
  /** None for those that follow from type, base URL and vendor. */
  apis: ApiDraft[];
};

export type ApiDraft = {
  api: Schemas["ProviderApi"];
  /** "" for what follows from the rest; so is the header. */
  baseUrl: string;
  authHeader: Schemas["AuthHeader"] | "";
};

export const APIS: ReadonlyArray<Schemas["ProviderApi"]> = ["chat", "responses", "messages", "embeddings", "images"];

export const VENDORS: ReadonlyArray<Schemas["Vendor"]> = [
  "alibaba",
  "amazon",
  "anthropic",
  "azure",
  "deepseek",
  "google",
  "groq",
  "mistral",
  "moonshot",
  "ollama",
  "openai",
  "openrouter",
  "perplexity",
  "vllm",
  "xai",
  "zhipu",
  "other",
];
export const AUTH_HEADERS: ReadonlyArray<Schemas["AuthHeader"]> = [
  "authorization",
  "x-api-key",
  "api-key",
  "none",
  "aws_sigv4",
  "aws_bearer",
  "google",
  "entra",
];
/** Without a key of the provider: it needs none, or the gateway's role proves itself. */
export const KEYLESS: ReadonlySet<Schemas["AuthHeader"] | ""> = new Set(["none", "aws_sigv4", "aws_bearer"]);
/** With a key that is a JSON document. */
export const DOCUMENTS: ReadonlySet<Schemas["AuthHeader"] | ""> = new Set(["google", "entra"]);
export const OUTPUT_LIMITS: ReadonlyArray<Schemas["OutputLimit"]> = ["max_completion_tokens", "max_tokens"];
export const STREAM_USAGES: ReadonlyArray<Schemas["StreamUsage"]> = ["on_request", "always"];

/** Base URLs as the vendors document them. */
export const PRESETS: ReadonlyArray<Pick<ProviderDraft, "name" | "type" | "baseUrl">> = [
  { name: "openai", type: "openai", baseUrl: "https://api.openai.com/v1" },
  { name: "anthropic", type: "anthropic", baseUrl: "https://api.anthropic.com" },
  { name: "google", type: "openai", baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai" },
  { name: "mistral", type: "openai", baseUrl: "https://api.mistral.ai/v1" },
  { name: "deepseek", type: "openai", baseUrl: "https://api.deepseek.com" },
  { name: "xai", type: "openai", baseUrl: "https://api.x.ai/v1" },
  { name: "groq", type: "openai", baseUrl: "https://api.groq.com/openai/v1" },
  { name: "openrouter", type: "openai", baseUrl: "https://openrouter.ai/api/v1" },
];

export const NEW_PROVIDER: ProviderDraft = {
  name: "",
  type: "openai",
  baseUrl: "",
  apiKey: "",
  vendor: "",
  authHeader: "",
  outputLimitName: "",
  streamUsage: "",
  betaHeaders: "",
  apis: [],
};

/** The next API to state: the first that isn't there yet. */
export function newApi(apis: readonly ApiDraft[]): ApiDraft {
  const api = APIS.find((each) => !apis.some((stated) => stated.api === each)) ?? "chat";
  return { api, baseUrl: "", authHeader: "" };
}

export function draftOf(provider: Provider): ProviderDraft {
  const { name, type, baseUrl, vendor, authHeader, outputLimitName, streamUsage, betaHeaders } = provider;
  return {
    name,
    type,
    baseUrl,
    apiKey: "",
    vendor,
    authHeader,
    outputLimitName,
    streamUsage,
    betaHeaders: betaHeaders.join("\n"),
    apis: provider.apisStated ? provider.apis.map((each) => ({ ...each })) : [],
  };
}

export type ProviderFault = "name" | "url" | "key" | "document" | "keyNeeded" | "apiTwice" | "apiUrl";
export type ProviderFaults = Partial<Record<keyof ProviderDraft, ProviderFault>>;

const NAME = /^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$/;
const URL_BEGINNING = /^https?:\/\/[^\s/]+/;
const KEY = /^[\x21-\x7e]{1,4096}$/;
const DOCUMENT = /^\{[\x20-\x7e]{1,4094}\}$/;

/** What the API would refuse. `hasKey`: whether the provider has one already. */
export function providerFaults(draft: ProviderDraft, hasKey: boolean): ProviderFaults {
  const faults: ProviderFaults = {};
  if (!NAME.test(draft.name.trim())) faults.name = "name";
  // On a local stack, a provider may be on loopback: the API knows.
  if (!URL_BEGINNING.test(draft.baseUrl.trim())) faults.baseUrl = "url";
  if (new Set(draft.apis.map(({ api }) => api)).size < draft.apis.length) faults.apis = "apiTwice";
  const urls = draft.apis.map(({ baseUrl }) => baseUrl.trim());
  if (urls.some((url) => url !== "" && !URL_BEGINNING.test(url))) faults.apis = "apiUrl";
  const key = draft.apiKey.trim();
  const isDocument = DOCUMENTS.has(draft.authHeader);
  if (key !== "" && !(isDocument ? DOCUMENT : KEY).test(key)) faults.apiKey = isDocument ? "document" : "key";
  const needsKey = !KEYLESS.has(draft.authHeader) || draft.apis.some(({ authHeader }) => isKeyed(authHeader));
  if (key === "" && !hasKey && needsKey) faults.apiKey = "keyNeeded";
  return faults;
}

function isKeyed(authHeader: ApiDraft["authHeader"]): boolean {
  return authHeader !== "" && !KEYLESS.has(authHeader);
}

export function creationOf(draft: ProviderDraft): ProviderCreation {
  const { vendor, authHeader, outputLimitName, streamUsage } = draft;
  const chosen = { vendor, authHeader, outputLimitName, streamUsage, apiKey: draft.apiKey.trim() };
  const betaHeaders = lines(draft.betaHeaders);
  return {
    name: draft.name.trim(),
    type: draft.type,
    baseUrl: draft.baseUrl.trim(),
    ...Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== "")),
    ...(betaHeaders.length === 0 ? {} : { betaHeaders }),
    ...(draft.apis.length === 0 ? {} : { apis: draft.apis.map(sentApi) }),
  };
}

/** What differs from the provider, and its new key if one was typed. */
export function editOf(provider: Provider, draft: ProviderDraft): ProviderEdit {
  const { vendor, authHeader, outputLimitName, streamUsage } = draft;
  const wanted = { baseUrl: draft.baseUrl.trim(), vendor, authHeader, outputLimitName, streamUsage };
  const changed = Object.entries(wanted).filter(([name, value]) => provider[name as keyof Provider] !== value);
  const betaHeaders = lines(draft.betaHeaders);
  const sameBetas = JSON.stringify(betaHeaders) === JSON.stringify(provider.betaHeaders);
  const sameApis = JSON.stringify(draft.apis.map(sentApi)) === JSON.stringify(draftOf(provider).apis.map(sentApi));
  return {
    ...Object.fromEntries(changed),
    ...(sameBetas ? {} : { betaHeaders }),
    ...(sameApis ? {} : { apis: draft.apis.length === 0 ? null : draft.apis.map(sentApi) }),
    ...(draft.apiKey.trim() === "" ? {} : { apiKey: draft.apiKey.trim() }),
  };
}

/** What is left to the rest is null. */
function sentApi({ api, baseUrl, authHeader }: ApiDraft): Schemas["ApiBody"] {
  return { api, baseUrl: baseUrl.trim() || null, authHeader: authHeader || null };
}

/** What was typed one a line, or with commas between. */
export function lines(typed: string): string[] {
  return typed
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
