import type { Schemas } from "@/api/client";

export type KeyState = "revoked" | "expired" | "blocked" | "near" | "downgrading" | "unlimited";

export type StatefulKey = Pick<Schemas["KeyView"], "status" | "budgetState" | "downgrading">;

/** By the key itself: what keys above it refuse isn't known here. */
export function statesOf({ status, budgetState, downgrading }: StatefulKey): KeyState[] {
  if (status !== "active") return [status];
  const states: KeyState[] = [];
  if (budgetState === "exhausted") states.push("blocked");
  if (budgetState === "near") states.push("near");
  if (downgrading) states.push("downgrading");
  if (budgetState === "unlimited") states.push("unlimited");
  return states;
}
