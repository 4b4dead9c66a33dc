/** What past requests cost, and what they would have, as a chart draws them. */
import type { Schemas } from "@/api/client";

export type WhatIfAnswer = Schemas["WhatIfView"];
export type Bars = { positions: string[]; charged: string[]; would: string[] };

const DAY_MS = 86_400_000;

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

function daysOf(first: string, last: string): string[] {
  const [from, to] = [Date.parse(first), Date.parse(last)];
  return Array.from({ length: Math.round((to - from) / DAY_MS) + 1 }, (_, at) =>
    new Date(from + at * DAY_MS).toISOString().slice(0, 10),
  );
}

/** How much more or less than what was charged, in percent with a sign; null where nothing was. */
export function percentOf(answer: WhatIfAnswer): string | null {
  const cost = Number(answer.cost);
  if (cost === 0) return null;
  const percent = (100 * Number(answer.difference)) / cost;
  const rounded = Math.abs(percent) >= 10 ? percent.toFixed(0) : percent.toFixed(1);
  return percent > 0 ? `+${rounded}` : rounded.replace("-", "−");
}

/** The span of so many days that ends today, by the days of `zone`. */
export function lastDays(count: number, zone: string, now: Date): { from: string; to: string } {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone });
  const to = format.format(now);
  const from = new Date(Date.parse(to) - (count - 1) * DAY_MS).toISOString().slice(0, 10);
  return { from, to };
}
