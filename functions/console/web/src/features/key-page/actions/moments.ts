const WEEK_MS = 7 * 86_400_000;

/** When a raise ends unless one says otherwise: with the quota's window, else in a week. */
export function usualEnd(resetsAt: string | null, now: Date): Date {
  return resetsAt === null ? new Date(now.getTime() + WEEK_MS) : new Date(resetsAt);
}

/** A moment as `<input type="datetime-local">` has it, in the viewer's zone. */
export function inputMoment(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
