import { expect, test } from "vitest";
import en from "@/messages/en";
import { draftOf, type KeyDraft } from "./draft";
import { KEY, SURROUNDINGS } from "./examples";
import { summaryOf } from "./summaries";
import type { GroupId } from "./useKeyForm";

function summary(group: GroupId, edits: Partial<KeyDraft> = {}) {
  const draft = { ...draftOf(KEY), ...edits };
  return summaryOf(group, { draft, surroundings: SURROUNDINGS, m: en.keySettings, locale: "en-GB" });
}

test.each<[GroupId, Partial<KeyDraft>, string]>([
  ["identity", {}, "search@example.com · below Example company · CC-1, from Example company · 1 tag"],
  ["identity", { ownerEmail: "", costCentre: "CC-2", tags: [] }, "no owner · below Example company · CC-2"],
  ["limits", {}, "$197.70 once · Soft"],
  ["limits", { budgetLimit: "", quotaLimit: "0.0000002" }, "$0.0000002 a month · Soft"],
  ["limits", { budgetLimit: "", overcommit: false }, "no limits of its own · Soft · children within it"],
  ["rates", {}, "90,000 tokens/min · 10 at once"],
  ["rates", { tpmLimit: "", maxParallel: "" }, "no rate limits"],
  ["models", {}, "all models that the keys above allow · safety level 40, from Example company"],
  ["models", { allowedModels: ["small"], safetyLevel: "10" }, "1 model · safety level 10"],
  ["alerts", {}, "defaults, at 80 %, 100 % · 1 hour apart"],
  ["alerts", { budgetAlertThresholds: [], alertDebounceSeconds: "900" }, "no alerts of thresholds · 15 minutes apart"],
  ["expiry", {}, "never expires"],
  ["billing", {}, "External, from Example company"],
  ["billing", { billingMode: "hybrid", overage: "metered" }, "Hybrid · metered beyond the quota"],
  ["prices", {}, "× 1.2, from Example company · 1 model's factor"],
  ["prices", { priceFactor: "0.9", modelPriceFactors: [], minimumFee: "0.0001" }, "× 0.9 · at least $0.0001 a call"],
  ["policies", {}, "priority High · automatic increases · 1 downgrade rule"],
  ["holder", { keepBodies: true }, "holder manages no keys · bodies are kept"],
])("%s with %j: %s", (group, edits, line) => expect(summary(group, edits)).toBe(line));
