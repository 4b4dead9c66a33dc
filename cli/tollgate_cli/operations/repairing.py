"""A key's counters set right, with the audit's entry of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.audit.entry import Change
from tollgate.clock import utc_now
from tollgate.conflicts import EditConflictError
from tollgate.reconcile import repairs
from tollgate.reconcile.store import repair_writes
from tollgate_cli.operations import drift_rows
from tollgate_cli.output.failures import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate.ledger.scopes import Scope
    from tollgate.reconcile.reconciliation import Drift
    from tollgate.reconcile.repairs import Repair
    from tollgate_cli.operations.deployment import Deployment


def of(scope: Scope, drifts: Iterable[Drift]) -> Repair:
    """Raises `CommandError` if the difference isn't known exactly."""
    try:
        return repairs.repair(scope, drifts)
    except repairs.InexactError as error:
        message = f"Too many requests are in progress to tell by how much {error} is wrong. Try again later."
        raise CommandError(message) from error


def apply(deployment: Deployment, repair: Repair, actor: str) -> None:
    """All of it or, if the key was edited meanwhile, nothing: `CommandError`."""
    change = Change.of(
        repair.seen.key_id,
        ("ledger.repair",),
        drift_rows.shown(repair.before()),
        drift_rows.shown(repair.after()),
        actor=actor,
        at=utc_now(),
        request_id=None,
    )
    try:
        repair_writes.apply(deployment.client, deployment.keys_table, deployment.audit_table, repair, change)
    except EditConflictError as error:
        message = (
            f"The key {repair.seen.key_id} was edited or began a new window during the repair. "
            "Nothing was changed; try again."
        )
        raise CommandError(message, ExitCode.CONFLICT) from error
