import { describe, expect, test } from "vitest";
import { creationOf, draftOf, editOf, NEW_PROVIDER, newApi, type ProviderDraft, providerFaults } from "./providerForm";
import type { Provider } from "./queries";

const DRAFT: ProviderDraft = {
  ...NEW_PROVIDER,
  name: "openai",
  baseUrl: " https://api.openai.com/v1 ",
  apiKey: "sk-1",
};

const PROVIDER: Provider = {
  id: "prv_1",
  name: "openai",
  type: "openai",
  baseUrl: "https://api.openai.com/v1",
  hasApiKey: true,
  authHeader: "authorization",
  outputLimitName: "max_completion_tokens",
  streamUsage: "on_request",
  vendor: "openai",
  betaHeaders: ["a-*"],
  apis: [{ api: "chat", baseUrl: "https://api.openai.com/v1", authHeader: "authorization" }],
  apisStated: false,
  managedBy: null,
  revision: 3,
  createdAt: "2026-11-01T00:00:00Z",
  updatedAt: "2026-11-01T00:00:00Z",
};

test("a new provider is sent without what follows from its type and host", () => {
  expect(creationOf(DRAFT)).toEqual({
    name: "openai",
    type: "openai",
    baseUrl: "https://api.openai.com/v1",
    apiKey: "sk-1",
  });
});

test("an edit sends what differs, and a key only if one was typed", () => {
  const draft = draftOf(PROVIDER);
  expect(draft.apiKey).toBe("");
  expect(editOf(PROVIDER, draft)).toEqual({});
  expect(editOf(PROVIDER, { ...draft, vendor: "azure", apiKey: " sk-2 ", betaHeaders: "a-*\nb, c" })).toEqual({
    vendor: "azure",
    apiKey: "sk-2",
    betaHeaders: ["a-*", "b", "c"],
  });
});

test("APIs are stated one by one, and none at all leaves them to the rest", () => {
  expect(draftOf(PROVIDER).apis).toEqual([]);
  const stated: ProviderDraft = {
    ...draftOf(PROVIDER),
    apis: [{ api: "messages", baseUrl: " https://gpu.example.com ", authHeader: "" }],
  };
  const sent = { apis: [{ api: "messages", baseUrl: "https://gpu.example.com", authHeader: null }] };
  expect(editOf(PROVIDER, stated)).toEqual(sent);
  expect(creationOf({ ...DRAFT, apis: stated.apis })).toMatchObject(sent);
  const known = { ...PROVIDER, apisStated: true };
  expect(editOf(known, draftOf(known))).toEqual({});
  expect(editOf(known, { ...draftOf(known), apis: [] })).toEqual({ apis: null });
  expect(newApi(draftOf(known).apis)).toEqual({ api: "responses", baseUrl: "", authHeader: "" });
});

describe("what can't be", () => {
  test("is nothing of a whole draft", () => expect(providerFaults(DRAFT, false)).toEqual({}));

  test("is a name with markup, a URL without a host, a key with spaces", () => {
    const draft = { ...DRAFT, name: "<b>x</b>", baseUrl: "api.openai.com", apiKey: "sk 1" };
    expect(providerFaults(draft, false)).toEqual({ name: "name", baseUrl: "url", apiKey: "key" });
  });

  test("is an API twice, or one at no URL", () => {
    const chat = { api: "chat", baseUrl: "", authHeader: "" } as const;
    expect(providerFaults({ ...DRAFT, apis: [chat, chat] }, false)).toEqual({ apis: "apiTwice" });
    expect(providerFaults({ ...DRAFT, apis: [{ ...chat, baseUrl: "gpu" }] }, false)).toEqual({ apis: "apiUrl" });
  });

  test("is no key where one API takes it", () => {
    const apis = [{ api: "messages", baseUrl: "", authHeader: "x-api-key" } as const];
    const draft: ProviderDraft = { ...DRAFT, apiKey: "", authHeader: "none", apis };
    expect(providerFaults(draft, false)).toEqual({ apiKey: "keyNeeded" });
  });

  test("is a key where a document is wanted, and a document where a key is", () => {
    const document = '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----"}';
    expect(providerFaults({ ...DRAFT, authHeader: "google", apiKey: document }, false)).toEqual({});
    expect(providerFaults({ ...DRAFT, authHeader: "google" }, false)).toEqual({ apiKey: "document" });
    expect(providerFaults({ ...DRAFT, apiKey: document }, false)).toEqual({ apiKey: "key" });
  });

  test("is no key, unless there is one already or none is needed", () => {
    const draft = { ...DRAFT, apiKey: "" };
    expect(providerFaults(draft, false)).toEqual({ apiKey: "keyNeeded" });
    expect(providerFaults(draft, true)).toEqual({});
    expect(providerFaults({ ...draft, authHeader: "none" }, false)).toEqual({});
  });
});
