"""What the audit is told of a request's changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from tollgate import audit, money
from tollgate.audit import Change
from tollgate.clock import utc_now
from tollgate_admin import actors
from tollgate_admin.key_schemas import KeySettings, settings_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.key_edits import Reset
    from tollgate.scopes import Scope


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
    return noted(scope.key_id, ("key.create",), {}, _settings(scope))


def of_edit(before: Scope, after: Scope) -> Change:
    return noted(before.key_id, audit.key_actions(before, after), _settings(before), _settings(after))


def of_reset(reset: Reset) -> Change:
    """What the reset takes off; what is spent meanwhile stays."""
    taken = {"budget": reset.budget, "quota": reset.quota}
    used = {f"{what}Used": money.to_string(amount) for what, amount in taken.items() if amount}
    actions = tuple(f"{what}.reset" for what, amount in taken.items() if amount)
    return noted(reset.seen.key_id, actions, used, dict.fromkeys(used, "0"))


def _settings(scope: Scope) -> dict[str, Any]:
    return KeySettings(**settings_fields(scope)).model_dump(mode="json", by_alias=True)
