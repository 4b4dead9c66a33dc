"""What the audit is told of a request's changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from tollgate import money
from tollgate.audit.entry import Change
from tollgate.clock import rfc3339, utc_now
from tollgate.keys import audit_actions
from tollgate_admin.keys.schemas import KeySettings, settings_fields
from tollgate_admin.web import actors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.keys.settings_edit import Reset
    from tollgate.ledger.scopes import Scope


def noted(
    entity: str, actions: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Change:
    """A change that the present request makes."""
    actor = actors.current()
    context: Any = BaseRouter.current_event.get("requestContext") or {}
    return Change.of(
        entity,
        actions,
        before,
        after,
        actor=actor.id,
        actor_name=actor.name,
        at=utc_now(),
        request_id=context.get("requestId"),
    )


def of_creation(scope: Scope) -> Change:
    return noted(scope.key_id, ("key.create",), {}, settings_of(scope))


def of_deletion(scope: Scope) -> Change:
    return noted(scope.key_id, ("key.delete",), settings_of(scope), {})


def of_edit(before: Scope, after: Scope) -> Change:
    return noted(
        before.key_id, audit_actions.key_actions(before, after), settings_of(before), settings_of(after)
    )


def of_rotation(before: Scope, after: Scope) -> Change:
    """Of the secrets nothing is kept but how long the old ones are valid."""
    found: list[dict[str, Any]] = []
    for scope in (before, after):
        until = scope.old_secrets_valid_until(after.updated_at)
        found.append({"previousSecretsValidUntil": rfc3339(until) if until else None})
    return noted(before.key_id, audit_actions.key_actions(before, after), *found)


def of_reset(reset: Reset) -> Change:
    """What the reset takes off; what is spent meanwhile stays."""
    taken = {"budget": reset.budget, "quota": reset.quota}
    used = {f"{what}Used": money.to_string(amount) for what, amount in taken.items() if amount}
    actions = tuple(f"{what}.reset" for what, amount in taken.items() if amount)
    return noted(reset.seen.key_id, actions, used, dict.fromkeys(used, "0"))


def settings_of(scope: Scope) -> dict[str, Any]:
    return KeySettings(**settings_fields(scope)).model_dump(mode="json", by_alias=True)
