import type { Messages } from "@/messages/en";
import type { KeyDraft, ReservesDraft } from "./draft";

type Told = Messages["keySettings"]["checks"];

/** What is wrong with a draft, by the field's path as the API names it: `budgetAlertThresholds.0.percent`. */
export type Problems = Readonly<Record<string, string>>;

const DECIMAL = /^\d+(\.\d+)?$/;
const ADDRESS = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;
const MOST_FACTORS = 100;
const MOST_USD = 1_000_000_000;
const MOST = 1_000_000_000;
const YEAR = 31_536_000;
const LAST_START_DAY = { day: 1, week: 7, month: 31 };

/** The problems of a form that is not filled in yet: nothing to tell someone who has only begun. */
export function withoutMissing(problems: Problems, m: Told): Problems {
  const missing = [m.required, m.model, m.nobody, m.noModels, m.noRules];
  return Object.fromEntries(Object.entries(problems).filter(([, told]) => !missing.includes(told)));
}

/** Checks what can be known here; limits of keys above, names that are taken and the like are the API's to refuse. */
export function problemsOf(draft: KeyDraft, m: Told): Problems {
  const found: Record<string, string> = {};
  const note = (path: string, problem: string | undefined) => {
    if (problem !== undefined) found[path] = problem;
  };
  const optional = (typed: string, check: (typed: string) => string | undefined) =>
    typed.trim() === "" ? undefined : check(typed.trim());
  const whole = (least: number, most: number) => (typed: string) => wholeProblem(typed, least, most, m);
  const usd = (typed: string) => amountProblem(typed, m);
  const factor = (typed: string) => factorProblem(typed, m);

  note("name", draft.name.trim() === "" ? m.required : undefined);
  note(
    "ownerEmail",
    optional(draft.ownerEmail, (typed) => (ADDRESS.test(typed) ? undefined : m.email)),
  );
  draft.tags.forEach(({ name }, index) => {
    const isTwice = draft.tags.some((each, other) => other < index && each.name.trim() === name.trim());
    note(`tags.${index}`, name.trim() === "" || name.includes("=") ? m.tagName : isTwice ? m.twice : undefined);
  });

  note("budgetLimit", optional(draft.budgetLimit, usd));
  note("quotaLimit", optional(draft.quotaLimit, usd));
  if (draft.quotaLimit.trim() !== "") {
    note("quotaStartDay", wholeProblem(draft.quotaStartDay, 1, LAST_START_DAY[draft.quotaPeriod], m));
    note("quotaZone", draft.quotaZone.trim() === "" ? m.required : undefined);
  }
  note("rpmLimit", optional(draft.rpmLimit, whole(1, MOST)));
  note("tpmLimit", optional(draft.tpmLimit, whole(1, MOST)));
  note("maxParallel", optional(draft.maxParallel, whole(1, 1000)));
  note("safetyLevel", optional(draft.safetyLevel, whole(0, 100)));
  note("allowedModels", draft.allowedModels?.length === 0 ? m.noModels : undefined);

  const percents = draft.budgetAlertThresholds?.map(({ percent }) => percent.trim()) ?? [];
  draft.budgetAlertThresholds?.forEach(({ percent, notify }, index) => {
    const problem = wholeProblem(percent, 1, 1000, m);
    const isTwice = percents.indexOf(percent.trim()) < index;
    note(`budgetAlertThresholds.${index}.percent`, problem ?? (isTwice ? m.twice : undefined));
    note(`budgetAlertThresholds.${index}.notify`, notify.length === 0 ? m.nobody : undefined);
  });
  note("alertDebounceSeconds", optional(draft.alertDebounceSeconds, whole(0, YEAR)));

  note("overageLimit", optional(draft.overageLimit, usd));
  note(
    "overageFactor",
    optional(draft.overageFactor, (typed) => factor(typed) ?? (Number(typed) < 1 ? m.atLeastOne : undefined)),
  );
  note("priceFactor", optional(draft.priceFactor, factor));
  note("minimumFee", optional(draft.minimumFee, usd));
  draft.modelPriceFactors.forEach(({ model, factor: typed }, index) => {
    const isTwice = draft.modelPriceFactors.some((each, other) => other < index && each.model === model);
    note(`modelPriceFactors.${index}`, model === "" ? m.model : isTwice ? m.twice : factor(typed.trim()));
  });
  draft.scheduledPriceFactors.forEach(({ factor: typed, from, until }, index) => {
    note(`scheduledPriceFactors.${index}.factor`, factor(typed.trim()));
    const isBackwards = from !== null && until !== null && Date.parse(until) <= Date.parse(from);
    note(`scheduledPriceFactors.${index}.until`, isBackwards ? m.untilBeforeFrom : undefined);
  });

  for (const [path, problem] of policyProblems(draft, m)) note(path, problem);
  return found;
}

function policyProblems(draft: KeyDraft, m: Told): Array<[path: string, problem: string | undefined]> {
  const { priorityReserves: reserves, automaticIncrease: increase, downgrade } = draft;
  const found: Array<[string, string | undefined]> = [];
  const percent = (typed: string, least = 0) => wholeProblem(typed, least, 100, m);
  if (reserves !== null) {
    for (const name of ["low", "normal", "high"] as const) {
      found.push([`priorityReserves.${name}.upToPercent`, percent(reserves[name].upToPercent)]);
    }
    if (reserves.pacingSlackPercent.trim() !== "") {
      found.push(["priorityReserves.pacingSlackPercent", percent(reserves.pacingSlackPercent)]);
    }
    found.push(["priorityReserves", areAscending(reserves) ? undefined : m.reservesOrder]);
  }
  if (increase !== null) {
    found.push(
      [
        "automaticIncrease.by",
        increase.unit === "usd" ? positiveProblem(increase.by, m) : wholeProblem(increase.by, 1, 1000, m),
      ],
      ["automaticIncrease.maxTotal", positiveProblem(increase.maxTotal, m)],
      ["automaticIncrease.atPercent", percent(increase.atPercent, 1)],
      ["automaticIncrease.times", percent(increase.times, 1)],
      ["automaticIncrease.ttlSeconds", wholeProblem(increase.ttlSeconds, 60, YEAR, m)],
      ["automaticIncrease.cooldownSeconds", wholeProblem(increase.cooldownSeconds, 0, YEAR, m)],
    );
  }
  if (downgrade !== null) {
    downgrade.rules.forEach(({ from, to }, index) => {
      const isTwice = downgrade.rules.some((each, other) => other < index && each.from === from);
      found.push([`downgrade.rules.${index}.from`, from === "" ? m.model : isTwice ? m.twice : undefined]);
      found.push([`downgrade.rules.${index}.to`, to.length === 0 ? m.model : to.includes(from) ? m.itself : undefined]);
    });
    found.push(["downgrade.rules", downgrade.rules.length === 0 ? m.noRules : undefined]);
    found.push(["downgrade.enterPercent", percent(downgrade.enterPercent, 1)]);
    const isAbove = Number(downgrade.exitPercent) >= Number(downgrade.enterPercent);
    found.push(["downgrade.exitPercent", percent(downgrade.exitPercent, 1) ?? (isAbove ? m.exitBelow : undefined)]);
  }
  return found;
}

function areAscending({ low, normal, high }: ReservesDraft): boolean {
  const [least, middle, most] = [low, normal, high].map(({ upToPercent }) => Number(upToPercent));
  return (least ?? 0) <= (middle ?? 0) && (middle ?? 0) <= (most ?? 0);
}

/** Whether a text is an amount in USD as the API takes it; what is wrong if not. */
export function amountProblem(typed: string, m: Told): string | undefined {
  if (typed === "") return m.required;
  if (!DECIMAL.test(typed)) return m.amount;
  if (Number(typed) > MOST_USD) return m.atMost(MOST_USD);
  return (typed.split(".")[1]?.length ?? 0) > 18 ? m.decimals(18) : undefined;
}

export function positiveProblem(typed: string, m: Told): string | undefined {
  return amountProblem(typed.trim(), m) ?? (/[1-9]/.test(typed) ? undefined : m.aboveZero);
}

function factorProblem(typed: string, m: Told): string | undefined {
  if (typed === "") return m.required;
  if (!DECIMAL.test(typed)) return m.factor;
  if (Number(typed) >= MOST_FACTORS) return m.atMost(99.999);
  return (typed.split(".")[1]?.length ?? 0) > 3 ? m.decimals(3) : undefined;
}

/** Whether a text is a whole number within bounds; what is wrong if not. */
export function wholeProblem(typed: string, least: number, most: number, m: Told): string | undefined {
  if (typed.trim() === "") return m.required;
  if (!/^\d+$/.test(typed.trim())) return m.whole;
  const value = Number(typed);
  return value < least || value > most ? m.between(least, most) : undefined;
}
