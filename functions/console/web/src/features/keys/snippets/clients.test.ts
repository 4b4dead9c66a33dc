import { describe, expect, test } from "vitest";
import { CLIENTS } from "./clients";
import en from "./messages.en";
import zh from "./messages.zh";

const wanted = { stackUrl: "https://gateway.example.com/prod", secret: "sk-tg-secret", model: "some-model" };
const textOf = (id: string) =>
  CLIENTS.find((client) => client.id === id)
    ?.parts(wanted)
    .map(({ text }) => text)
    .join("\n") ?? "";

describe.each(CLIENTS.map(({ id, api }) => ({ id, api })))("$id", ({ id, api }) => {
  test("has the stack's URL and the secret, each as they are", () => {
    expect(textOf(id)).toContain(wanted.stackUrl);
    expect(textOf(id).split(wanted.secret)).toHaveLength(2);
  });

  // docs/clients.md, "Three things first".
  test("has a URL that ends in /v1 exactly if the client doesn't add that itself", () => {
    const addsItself = (api === "anthropic" && id !== "ai-sdk-anthropic") || id === "azure-openai";
    const endsInV1 = /prod\/v1(["\s]|$)/m.test(textOf(id)) || /prod\/v1$/.test(textOf(id));
    if (!id.startsWith("curl")) expect(endsInV1).toBe(!addsItself);
  });
});

test("names each client once, and has notes for clients that exist", () => {
  const ids = CLIENTS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(en.notes).filter((id) => !ids.includes(id))).toEqual([]);
  expect(Object.keys(zh.notes).toSorted()).toEqual(Object.keys(en.notes).toSorted());
});
