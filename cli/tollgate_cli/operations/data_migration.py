"""The data of a stack: in which version they are, what is of an older one, and bringing that up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditTable
from tollgate.clock import utc_now
from tollgate.data_versions.data_versions import DATA_VERSION, DataNewerError
from tollgate.data_versions.store.key_migration import KeyMigration, is_named, superfluous_settings
from tollgate.data_versions.store.mark_table import MarkTable
from tollgate_cli.output.failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.data_versions.data_versions import DataMark
    from tollgate_cli.operations.deployment import Deployment

ENTITY = "data"
"""By which the audit lists migrations."""
_ACTION = "data.migrate"


@dataclass(frozen=True, slots=True)
class DataStatus:
    """`older` of the keys are of an older form; `named` of the open holds."""

    mark: DataMark | None
    keys: int
    older: int
    holds: int
    named: int


def status(deployment: Deployment) -> DataStatus:
    """Changes nothing."""
    keys = older = holds = named = 0
    for item in KeyMigration(deployment.client, deployment.keys_table).items():
        keys += 1
        older += bool(superfluous_settings(item))
        holds += len(item["holds"])
        named += sum(map(is_named, item["holds"].values()))
    return DataStatus(_marks(deployment).get(), keys, older, holds, named)


def migrate(deployment: Deployment, actor: str, on_progress: Callable[[int, int], None]) -> int:
    """How many keys were changed; raises `CommandError` where the data are newer than this code.

    The audit has what was changed, also of a migration that was interrupted.
    """
    try:
        _marks(deployment).note(utc_now())
    except DataNewerError as error:
        raise CommandError(str(error)) from error
    changed = 0

    def at(looked: int, so_far: int) -> None:
        nonlocal changed
        changed = so_far
        on_progress(looked, so_far)

    try:
        KeyMigration(deployment.client, deployment.keys_table, at).run()
    finally:
        if changed:
            _note(deployment, changed, actor)
    return changed


def _note(deployment: Deployment, changed: int, actor: str) -> None:
    AuditTable(deployment.client, deployment.audit_table).put(
        Change.of(
            ENTITY,
            (_ACTION,),
            {},
            {"dataVersion": DATA_VERSION, "keysChanged": changed},
            actor=actor,
            at=utc_now(),
            request_id=None,
        )
    )


def _marks(deployment: Deployment) -> MarkTable:
    return MarkTable(deployment.client, deployment.catalog_table)
