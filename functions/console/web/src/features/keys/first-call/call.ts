import { fetchAs } from "@/api/client";
import type { CallableModel } from "../snippets/models";

/** What a call was answered, and what it cost. */
export type Answered = {
  text: string;
  /** USD, as the answer's header has it; null if it says nothing. */
  cost: string | null;
  /** What is left of the tightest budget then; null if nothing limits the key. */
  remaining: string | null;
  /** The model that has answered, which may be a cheaper one than was asked for. */
  model: string;
  requestId: string | null;
};

const QUESTION = "Say hello in one short sentence.";
const MOST_TOKENS = 200;

/** Makes one small call of a model with a key's secret, as a client would. Raises ApiError if it is refused. */
export async function call(secret: string, { name, api }: CallableModel): Promise<Answered> {
  const isOpenAi = api === "openai";
  const messages = [{ role: "user", content: QUESTION }];
  const response = await fetchAs(isOpenAi ? "client:/chat/completions" : "client:/messages", {
    method: "POST",
    headers: {
      authorization: `Bearer ${secret}`,
      "content-type": "application/json",
      ...(isOpenAi ? {} : { "anthropic-version": "2023-06-01" }),
    },
    body: JSON.stringify({ model: name, messages, [isOpenAi ? "max_completion_tokens" : "max_tokens"]: MOST_TOKENS }),
  });
  const { headers } = response;
  return {
    text: textOf(await response.json()),
    cost: headers.get("x-tollgate-cost-usd"),
    remaining: headers.get("x-tollgate-budget-remaining-usd"),
    model: headers.get("x-tollgate-model") ?? name,
    requestId: headers.get("x-request-id"),
  };
}

type Completion = {
  choices?: { message?: { content?: string | null } }[];
  content?: { type: string; text?: string }[];
};

/** The answer's text, in OpenAI's shape or in Anthropic's. A model may have spent all its tokens on thinking: then none. */
export function textOf({ choices, content }: Completion): string {
  if (choices !== undefined) return choices[0]?.message?.content ?? "";
  return (content ?? []).map(({ text }) => text ?? "").join("");
}
