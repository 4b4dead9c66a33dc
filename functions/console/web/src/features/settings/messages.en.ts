import type { Schemas } from "@/api/client";
import type { SettingName } from "./draft";

export default {
  subtitle: "What keys are created with that don't say otherwise. Keys that exist already stay as they are.",
  names: {
    defaultMonthlyQuota: { label: "Monthly quota", hint: "USD a month, for keys without a parent." },
    defaultEnforcement: {
      label: "Enforcement",
      hint: "Soft lets calls under way pass a limit by their own cost; hard never does.",
    },
    defaultRpmLimit: { label: "Requests per minute", hint: "More are refused until the next minute." },
    defaultTpmLimit: { label: "Tokens per minute", hint: "Of prompts and answers together." },
    defaultMaxParallel: { label: "Parallel requests", hint: "How many of a key may be open at once." },
    defaultExpiryDays: { label: "Expiry", hint: "How long after its creation a key is refused." },
    rotationGraceSeconds: {
      label: "Grace after a rotation",
      hint: "How long a key's former secret is still accepted, unless the rotation says otherwise.",
    },
    selfServiceMailDomains: {
      label: "Mail domains of self-service",
      hint: "Holders of keys may have alerts sent to addresses in these, beside their own owner's domain.",
    },
    selfServiceMinDebounceSeconds: {
      label: "Shortest pause between alerts in self-service",
      hint: "Holders can't have alerts of one threshold come more often.",
    },
  } as Record<SettingName, { label: string; hint: string }>,
  units: {
    defaultRpmLimit: "per minute",
    defaultTpmLimit: "per minute",
    defaultMaxParallel: "at once",
    defaultExpiryDays: "days",
  },
  sources: { settings: "Set here", deployment: "From the template", product: "Default" } as Record<
    Schemas["Source"],
    string
  >,
  none: "none",
  fallback: (value: string) => `Default: ${value}`,
  toDefault: "Back to the default",
  deployment: {
    title: "This deployment",
    hint: "Parameters of the template; they change with a deployment.",
    version: "Version of Tollgate",
    reportingZone: "Time zone of costs' days and months",
    maxKeyDepth: "Levels of keys at most",
  },
  more: {
    title: "See also",
    alerts: "Defaults of alerts",
    docs: "The admin API, to read and try",
    openapi: "Its OpenAPI document",
  },
};
