import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "@/api/errors";
import { call, textOf } from "./call";

const CHAT = { name: "small", api: "openai", price: null } as const;
const MESSAGES = { name: "claude", api: "anthropic", price: null } as const;

function answering(status: number, body: object, headers: Record<string, string> = {}) {
  const fetched = vi.fn(
    async (_url: string, _init: RequestInit) => new Response(JSON.stringify(body), { status, headers }),
  );
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

afterEach(() => void vi.unstubAllGlobals());

test("the key's own secret makes the call, and the answer tells what it cost", async () => {
  const fetched = answering(
    200,
    { choices: [{ message: { content: "Hello." } }] },
    { "x-tollgate-cost-usd": "0.0000002", "x-tollgate-budget-remaining-usd": "4.99", "x-request-id": "req_1" },
  );
  expect(await call("sk-tg-new", CHAT)).toEqual({
    text: "Hello.",
    cost: "0.0000002",
    remaining: "4.99",
    model: "small",
    requestId: "req_1",
  });
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect(url).toMatch(/\/v1\/chat\/completions$/);
  expect(new Headers(init?.headers).get("authorization")).toBe("Bearer sk-tg-new");
});

test("a model of Anthropic's API is called by that, and another one may have answered", async () => {
  const body = { content: [{ type: "thinking" }, { type: "text", text: "Hi." }] };
  const fetched = answering(200, body, { "x-tollgate-model": "cheaper" });
  expect(await call("sk-tg-new", MESSAGES)).toMatchObject({ text: "Hi.", model: "cheaper", cost: null });
  expect(fetched.mock.calls[0]?.[0]).toMatch(/\/v1\/messages$/);
});

test("a refusal is raised with its reason", async () => {
  answering(
    429,
    { error: { code: "budget_exhausted", message: "The budget is exhausted." } },
    { "x-request-id": "req_2" },
  );
  const refusal = call("sk-tg-new", CHAT);
  await expect(refusal).rejects.toBeInstanceOf(ApiError);
  await expect(refusal).rejects.toMatchObject({ code: "budget_exhausted", status: 429, requestId: "req_2" });
});

test("an answer without text has none", () => {
  expect(textOf({ choices: [{ message: { content: null } }] })).toBe("");
  expect(textOf({ content: [] })).toBe("");
});
