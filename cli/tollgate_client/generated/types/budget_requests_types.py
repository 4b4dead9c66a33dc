"""Types of budget requests. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import TypedDict

from tollgate_client.generated.types.shared_types import LiveBudget, RequestState, Window


class AdminDecisionView(TypedDict):
    """`by` is an admin or a key."""

    limit: str | None
    until: str | None
    note: str | None
    at: str
    by: str
    byName: str


class BudgetRequestView(TypedDict):
    """A request for a higher limit, with how its budget stands now: null if there is no such limit any
    more.

    `askedBy` is the key whose holder has asked, that key or one above it.
    """

    id: str
    keyId: str
    keyName: str | None
    window: Window
    state: RequestState
    limit: str
    limitWhenAsked: str
    reason: str
    until: str | None
    askedBy: str
    askedAt: str
    expiresAt: str
    decision: AdminDecisionView | None
    budget: LiveBudget | None
