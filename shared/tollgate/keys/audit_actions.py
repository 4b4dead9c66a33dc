"""What the audit calls an edit of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.ledger.key_settings import SETTINGS
from tollgate.ledger.scopes import Enforcement, KeyStatus

if TYPE_CHECKING:
    from tollgate.ledger.key_settings import Setting
    from tollgate.ledger.scopes import Scope


def key_actions(before: Scope, after: Scope) -> tuple[str, ...]:
    """What an edit of a key amounts to; `key.update` if nothing says it better."""
    found = [
        *_status_actions(before, after),
        *(["key.rotate"] if before.secret_hash != after.secret_hash else []),
        *(action for setting in SETTINGS for action in _measure_actions(setting, before, after)),
    ]
    if _is_rescheduled(before, after):
        found.append("quota.reschedule")
    if before.enforcement is not after.enforcement:
        is_hard = after.enforcement is Enforcement.HARD
        found.append("enforcement.harden" if is_hard else "enforcement.soften")
    if before.parent_id != after.parent_id:
        found.append("key.move")
    return tuple(found) or ("key.update",)


def _status_actions(before: Scope, after: Scope) -> list[str]:
    if before.status is after.status:
        return []
    return ["key.revoke" if after.status is KeyStatus.REVOKED else "key.reinstate"]


def _measure_actions(setting: Setting, before: Scope, after: Scope) -> list[str]:
    what, old, new = setting.measured_as, setting.measure(before), setting.measure(after)
    if what is None or old == new:
        return []
    if old is None or new is None:
        return [f"{what}.set" if old is None else f"{what}.remove"]
    return [f"{what}.raise" if new > old else f"{what}.lower"]


def _is_rescheduled(before: Scope, after: Scope) -> bool:
    if before.quota.limit is None or after.quota.limit is None:
        return False
    return before.quota.terms != after.quota.terms
