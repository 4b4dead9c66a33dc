"""Scopes: a key's settings, its budget and its open holds, and what they refuse.

The rules here and the condition of the admission's one write say the same thing: the write
decides, and this module names the reason from the item that the failed write returns.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.refusals import Reason, RefusedError
from tollgate.thresholds import DEFAULT_THRESHOLDS, Threshold

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal


class KeyStatus(StrEnum):
    """`expired` is never stored: it follows from the time."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Enforcement(StrEnum):
    """How a budget is held to.

    `soft`: a request is admitted while `budget_used < budget_limit`, and those in flight finish, so
    the last ones may pass the limit by their own cost.
    """

    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Hold:
    """An open request on a scope. A soft hold reserves nothing; it makes the request recoverable."""

    amount: Decimal
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """A key as the keys table holds it. Amounts are USD; `revision` counts the edits of its settings.

    `budget_available` is always `(budget_limit or 0) - budget_used - held`, also without a limit: so
    that setting, changing or removing a limit is a difference that no concurrent spend can upset.
    `price_factor` marks prices up or down for this key.
    """

    key_id: str
    name: str
    secret_hash: str = field(repr=False)
    status: KeyStatus
    enforcement: Enforcement
    budget_limit: Decimal | None
    budget_used: Decimal
    budget_available: Decimal
    holds: Mapping[str, Hold]
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    allowed_models: frozenset[str] | None = None
    owner_email: str | None = None
    external_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    thresholds: tuple[Threshold, ...] = DEFAULT_THRESHOLDS
    alert_debounce_seconds: int | None = None
    price_factor: Decimal = money.ONE

    @property
    def budget_held(self) -> Decimal:
        with money.exact():
            return sum((hold.amount for hold in self.holds.values()), money.ZERO)

    @property
    def budget_remaining(self) -> Decimal | None:
        """What may still be spent; zero once the limit is passed, None without a limit."""
        return None if self.budget_limit is None else max(self.budget_available, money.ZERO)

    def status_at(self, at: datetime) -> KeyStatus:
        if self.status is KeyStatus.ACTIVE and self.expires_at is not None and self.expires_at <= at:
            return KeyStatus.EXPIRED
        return self.status

    @property
    def is_exhausted(self) -> bool:
        return self.budget_limit is not None and self.budget_used >= self.budget_limit


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that asks to be let through.

    `model` is the name that the client sent; `is_free` says that the model's price is zero, which
    passes even an exhausted budget; `hold_until` lies beyond the longest request.
    """

    request_id: str
    key_id: str
    secret_hash: str = field(repr=False)
    model: str
    is_free: bool
    at: datetime
    hold_until: datetime


def authenticate(scope: Scope | None, secret_hash: str, at: datetime) -> Scope:
    """The scope, if the secret is its own and it is in force; otherwise raises `RefusedError`."""
    if scope is None or not hmac.compare_digest(scope.secret_hash, secret_hash):
        raise invalid_key()
    match scope.status_at(at):
        case KeyStatus.REVOKED:
            raise RefusedError(Reason.KEY_REVOKED, f"API key {scope.key_id} has been revoked.")
        case KeyStatus.EXPIRED:
            raise RefusedError(Reason.KEY_EXPIRED, f"API key {scope.key_id} has expired.")
    return scope


def explain_refusal(scope: Scope | None, admission: Admission) -> RefusedError | None:
    """Why `scope` doesn't admit the request, or None if it does."""
    try:
        scope = authenticate(scope, admission.secret_hash, admission.at)
    except RefusedError as refused:
        return refused
    if scope.allowed_models is not None and admission.model not in scope.allowed_models:
        message = f"API key {scope.key_id} may not use the model `{admission.model}`."
        return RefusedError(Reason.MODEL_NOT_ALLOWED, message, param="model")
    if scope.is_exhausted and not admission.is_free:
        return RefusedError(Reason.BUDGET_EXHAUSTED, _exhausted(scope), scope=scope)
    return None


def invalid_key() -> RefusedError:
    return RefusedError(Reason.INVALID_API_KEY, "Incorrect API key provided. Ask your administrator for one.")


def _exhausted(scope: Scope) -> str:
    used, limit = money.to_string(scope.budget_used), money.to_string(scope.budget_limit or money.ZERO)
    return (
        f"The budget of {scope.key_id} is exhausted: {used} of {limit} USD used. "
        "Ask your administrator to raise it; retrying won't help."
    )
