import { durationOf } from "./durations";
import type { LoggedRequest } from "./queries";

/** One try at a provider: from `start` on, `milliseconds` long. */
export type Step = {
  providerId: string | null;
  remoteModel: string | null;
  /** What went wrong; null for the try that the request ended with. */
  fault: string | null;
  httpStatus: number | null;
  start: number;
  milliseconds: number;
  cost: string | null;
};

/** The tries of a request in their order. The last one begins when those before it have failed. */
export function stepsOf(request: LoggedRequest): Step[] {
  let start = 0;
  const failed = request.attempts.map((attempt) => {
    const step: Step = {
      providerId: attempt.providerId,
      remoteModel: attempt.remoteModel,
      fault: attempt.fault,
      httpStatus: attempt.httpStatus,
      start,
      milliseconds: attempt.durationMs,
      cost: attempt.cost,
    };
    start += attempt.durationMs;
    return step;
  });
  return [
    ...failed,
    {
      providerId: request.providerId,
      remoteModel: request.remoteModel,
      fault: null,
      httpStatus: request.httpStatus,
      start,
      milliseconds: Math.max(0, durationOf(request) - start),
      cost: null,
    },
  ];
}
