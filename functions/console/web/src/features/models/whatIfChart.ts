/** What past requests cost, and what they would have, as a chart draws them. */

import type { Schemas } from "@/api/client";
import { addDays, lengthOf } from "@/ui/days";

export type WhatIfAnswer = Schemas["WhatIfView"];
export type Bars = { positions: string[]; charged: string[]; would: string[] };

/** Every day of the span, those without requests at 0. */
export function byDay(answer: WhatIfAnswer): Bars {
  const days = new Map(answer.days.map((each) => [each.day, each]));
  const positions = daysOf(answer.from, answer.to);
  return {
    positions,
    charged: positions.map((day) => days.get(day)?.cost ?? "0"),
    would: positions.map((day) => days.get(day)?.whatIfCost ?? "0"),
  };
}

/** The models, the dearest first. */
export function byModel(answer: WhatIfAnswer): Bars {
  const models = answer.models.toSorted((a, b) => Number(b.cost) - Number(a.cost));
  return {
    positions: models.map(({ model }) => model),
    charged: models.map(({ cost }) => cost),
    would: models.map(({ whatIfCost }) => whatIfCost),
  };
}

function daysOf(from: string, to: string): string[] {
  return Array.from({ length: lengthOf({ from, to }) }, (_, at) => addDays(from, at));
}

/** How much more or less than what was charged, in percent with a sign; null where nothing was. */
export function percentOf(answer: WhatIfAnswer): string | null {
  const cost = Number(answer.cost);
  if (cost === 0) return null;
  const percent = (100 * Number(answer.difference)) / cost;
  const rounded = Math.abs(percent) >= 10 ? percent.toFixed(0) : percent.toFixed(1);
  return percent > 0 ? `+${rounded}` : rounded.replace("-", "−");
}
