"""The writes that open and close holds: what each one changes, and on what condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.aws.dynamodb import epoch
from tollgate.aws.update_expression import Update
from tollgate.clock import rfc3339
from tollgate.ledger import rate_limits
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.holds import HoldForm
from tollgate.ledger.key_settings import UNLIMITED
from tollgate.ledger.scopes import Enforcement, KeyStatus
from tollgate.ledger.store import hold_items, scope_items

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.admissions import Admission, HoldAttempt
    from tollgate.ledger.holds import Hold
    from tollgate.ledger.settlements import HoldClosing

_IN_FORCE = (
    "#status = :active",
    "(attribute_not_exists(expires_at) OR expires_at > :now)",
    "(attribute_not_exists(safety_level) OR safety_level >= :safety)",
)
# Comparing with an old secret that isn't there, or with none at all, is false.
_AUTHENTIC = "(secret_hash = :secret_hash OR old_secrets.#secret > :now)"
# A request that was closed, yet comes again, is a late duplicate.
_NEW = ("attribute_not_exists(holds.#request)", "attribute_not_exists(closed.#request)")
_IN_WINDOW = ("quota_starts_at <= :at", "quota_resets_at > :at")
# What such a scope compares with isn't stored: whoever hasn't seen it can't know.
_WITHOUT_POLICIES = ("attribute_not_exists(priority_reserves)", "attribute_not_exists(downgrade)")
_UNCHANGED = "(attribute_not_exists(changes_at) OR changes_at > :at)"
# Packs pay first, so that what is available has them in it; what a soft budget compares has not.
_WITHIN_BUDGET = (
    "(attribute_not_exists(budget_limit) OR ((budget_used < budget_limit OR packs_left > :zero)"
    " AND (enforcement = :soft OR budget_available >= :amount)))"
)
# What may be metered beyond a quota is in what is available of it, and never passed, not by soft ones either.
_WITHIN_QUOTA = (
    "(attribute_not_exists(quota_limit)"
    " OR (overage = :metered AND billing_mode = :hybrid"
    " AND (attribute_not_exists(overage_limit) OR quota_available >= :amount))"
    " OR ((attribute_not_exists(overage) OR attribute_not_exists(billing_mode) OR billing_mode <> :hybrid)"
    " AND (quota_used < quota_allowance OR packs_left > :zero)"
    " AND (enforcement = :soft OR quota_available >= :amount)))"
)
# Once an edit has it meter, what a scope is charged counts as included.
_UNMETERED = "NOT (overage = :metered AND billing_mode = :hybrid AND attribute_exists(quota_limit))"
# An expression has room for so many paths besides its own.
_MAX_FORGOTTEN = 20
_WITHIN_RATES = (
    "((attribute_not_exists(rates.#requests) AND rpm_limit >= :one) OR rates.#requests >= :one)",
    "size(holds) < max_parallel",
)
_WITHIN_TOKENS = (
    "((attribute_not_exists(rates.#tokens) AND tpm_limit >= :tokens) OR rates.#tokens >= :tokens)"
)


def opening(
    table: str,
    scope_id: str,
    admission: Admission,
    attempt: HoldAttempt,
    form: HoldForm = HoldForm.SHORT,
    *,
    own: bool,
) -> Update:
    """Opens a request's hold on a scope, if the scope lets it in."""
    hold = admission.own_hold(attempt) if own else admission.ancestors_hold(attempt)
    update = Update(table, key_id=scope_id)
    require_let_in(update, admission, own=own)
    update.require(*_NEW, *_WITHIN_RATES)
    update.name("#requests", rate_limits.requests_name(attempt.at))
    update.value(":hold", hold_items.hold_to_item(hold, form))
    update.value(":one", 1)
    update.set("holds.#request = :hold", "rates.#requests = if_not_exists(rates.#requests, rpm_limit) - :one")
    take_tokens(update, attempt.at, hold.tokens)
    _take(update, attempt, hold)
    if attempt.reservation is not None:
        # Hardly any scope has packs that pay for some models alone: the proxy's start goes without.
        from tollgate.ledger.store.billing import reservation_writes  # noqa: PLC0415

        reservation_writes.reserve(update, attempt, attempt.reservation, hold.amount)
    elif not admission.is_free:
        require_budgets(update, attempt)
    if not admission.is_free:
        require_policies(update, admission, attempt)
    return update


def require_let_in(update: Update, admission: Admission, *, own: bool) -> None:
    """Requires what has nothing to do with budgets and rates."""
    update.require(*_IN_FORCE)
    update.name("#request", admission.request_id)
    update.name("#status", "status")
    update.value(":active", KeyStatus.ACTIVE.value)
    update.value(":now", epoch(admission.at))
    _require_models(update, admission)
    if own:
        update.require(_AUTHENTIC)
        update.value(":secret_hash", admission.secret_hash)
        update.name("#secret", admission.secret_hash)


def take_tokens(update: Update, at: datetime, tokens: int) -> None:
    """Counts tokens against the minute of a moment, if so many are left of it."""
    update.name("#tokens", rate_limits.tokens_name(at))
    update.value(":tokens", tokens)
    update.require(_WITHIN_TOKENS)
    update.set("rates.#tokens = if_not_exists(rates.#tokens, tpm_limit) - :tokens")


def _require_models(update: Update, admission: Admission) -> None:
    names = [admission.model] if admission.model is not None else []
    names += [each.name for each in admission.further_models]
    placeholders = {f":model{place}": name for place, name in enumerate(dict.fromkeys(names))}
    for placeholder, name in placeholders.items():
        update.value(placeholder, name)
    if placeholders:
        allowed = " AND ".join(f"contains(allowed_models, {placeholder})" for placeholder in placeholders)
        update.require(f"(attribute_not_exists(allowed_models) OR ({allowed}))")
    update.value(":safety", admission.highest_safety_level)


def _take(update: Update, attempt: HoldAttempt, hold: Hold) -> None:
    """Takes the hold off what is available, of the scope as it is stored or as time has made it."""
    if attempt.advance is not None:
        # Once a window: the proxy's start goes without.
        from tollgate.ledger.store.policies import advance_writes  # noqa: PLC0415

        advance_writes.carry(update, attempt.advance, hold.amount)
        return
    update.require(*_IN_WINDOW, _UNCHANGED)
    update.value(":at", epoch(attempt.at))
    take_amount(update, hold.amount)


def take_amount(update: Update, amount: Decimal) -> None:
    """Takes an amount off what is available, or gives it back where it is negative."""
    update.value(":amount", amount)
    update.set("budget_available = budget_available - :amount", "quota_available = quota_available - :amount")


def require_budgets(update: Update, attempt: HoldAttempt) -> None:
    if attempt.advance is not None:
        from tollgate.ledger.store.policies import advance_writes  # noqa: PLC0415

        advance_writes.require_budgets(update, attempt.advance)
        return
    update.value(":soft", Enforcement.SOFT.value)
    update.value(":zero", money.ZERO)
    update.value(":metered", Overage.METERED.value)
    update.value(":hybrid", BillingMode.HYBRID.value)
    update.require(_WITHIN_BUDGET, _WITHIN_QUOTA)


def require_policies(
    update: Update, admission: Admission, attempt: HoldAttempt, freed: Decimal = money.ZERO
) -> None:
    """`freed` is what the write gives back of what the request itself holds."""
    if attempt.known is None:
        update.require(*_WITHOUT_POLICIES)
        return
    from tollgate.ledger.store.policies import policy_writes  # noqa: PLC0415 - few scopes have any

    policy_writes.require(update, admission, attempt, freed)


def closing(
    table: str,
    scope_id: str,
    request_id: str,
    change: HoldClosing,
    now: datetime,
    *,
    blocks_until: datetime | None,
) -> Update:
    """Closes a request's hold and charges the scope, if the scope is as it was seen.

    `blocks_until`: until then, a late duplicate of the admission must not open the hold again.
    """
    update = Update(table, key_id=scope_id)
    update.name("#request", request_id)
    # By all that it says. A request that was refused may be admitted later under the same id, and what closed
    # its first hold may arrive once more; and whoever else settles this one may have had packs pay for it.
    update.value(":held", hold_items.stored_form(change.seen.holds, request_id))
    update.require("holds.#request = :held")
    update.require_as_seen("quota_starts_at", epoch(change.seen.quota.starts_at))
    update.value(":cost", change.cost)
    update.value(":freed", change.freed)
    update.set("budget_used = budget_used + :cost", "budget_available = budget_available + :freed")
    if change.charge.requests:
        update.put("last_used_at", rfc3339(now))
    if change.in_window:
        update.set("quota_used = quota_used + :cost", "quota_available = quota_available + :freed")
        if change.is_unassigned and not change.seen.is_metered:
            update.value(":metered", Overage.METERED.value)
            update.value(":hybrid", BillingMode.HYBRID.value)
            update.require(_UNMETERED)
    else:
        _close_late(update, change)
    if change.returned or change.regained:
        # Only where a record says less than was assigned or reserved: the proxy's start goes without.
        from tollgate.ledger.store.billing import assignment_writes  # noqa: PLC0415

        assignment_writes.give_back(update, change)
    if change.returns_rates:
        _return_rates(update, change)
    update.remove("holds.#request")
    _forget(update, change)
    if blocks_until is not None:
        _block(update, blocks_until)
    return update


def _close_late(update: Update, change: HoldClosing) -> None:
    """Of a window that is over: what was carried over from it changes."""
    if change.quota is not None:
        old, new = scope_items.quota_to_item(change.seen.quota), scope_items.quota_to_item(change.quota)
        for attribute in ("quota_past", "quota_allowance"):
            update.require_as_seen(attribute, old[attribute])
            update.put(attribute, new[attribute])
    if change.late:
        update.value(":late", change.late)
        update.set("quota_available = quota_available + :late")


def blocking(table: str, scope_id: str, request_id: str, until: datetime) -> Update:
    """Keeps a late duplicate from opening a hold that isn't there."""
    update = Update(table, key_id=scope_id)
    update.name("#request", request_id)
    update.require("attribute_exists(key_id)", "attribute_not_exists(holds.#request)")
    _block(update, until)
    return update


def forgetting(table: str, scope_id: str, request_id: str, now: datetime) -> Update:
    """Forgets a closed request that can't arrive any more."""
    update = Update(table, key_id=scope_id)
    update.name("#request", request_id)
    update.value(":now", epoch(now))
    update.require("closed.#request <= :now")
    update.remove("closed.#request")
    return update


def _return_rates(update: Update, change: HoldClosing) -> None:
    if change.unused_tokens and change.seen.tpm_limit is not None:
        update.name("#tokens", rate_limits.tokens_name(change.hold.at))
        update.value(":unused_tokens", change.unused_tokens)
        update.set("rates.#tokens = if_not_exists(rates.#tokens, tpm_limit) + :unused_tokens")
    if change.unused_requests and change.seen.rpm_limit is not None:
        update.name("#requests", rate_limits.requests_name(change.hold.at))
        update.value(":unused_requests", change.unused_requests)
        update.set("rates.#requests = if_not_exists(rates.#requests, rpm_limit) + :unused_requests")


def _forget(update: Update, change: HoldClosing) -> None:
    for limit in dict.fromkeys(map(rate_limits.limit_of, change.uncounted)):
        # Once an edit has set one, what has been counted since then counts.
        update.require_as_seen(limit, UNLIMITED)
    for number, name in enumerate(dict.fromkeys((*change.stale, *change.uncounted))):
        update.name(f"#stale{number}", name)
        update.remove(f"rates.#stale{number}")
    for number, request_id in enumerate(change.forgotten[:_MAX_FORGOTTEN]):
        update.name(f"#forgotten{number}", request_id)
        update.remove(f"closed.#forgotten{number}")


def _block(update: Update, until: datetime) -> None:
    update.value(":blocked_until", epoch(until))
    update.set("closed.#request = :blocked_until")
