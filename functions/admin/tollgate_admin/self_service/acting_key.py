"""The key that makes a request, and which keys it may see: itself and those below it.

Any other key is as unknown to it as one that was never made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, refusal_messages
from tollgate.ledger.admissions import MAX_SCOPES
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from aws_lambda_powertools.event_handler import Request

    from tollgate.keys.api_keys import ApiKey
    from tollgate.keys.families import HierarchyError
    from tollgate.keys.store.keys_table import KeysTable
    from tollgate.ledger.scopes import Scope

_KEY_ID = re.compile(r"key_[0-9A-Za-z]{16}")


@dataclass(frozen=True, slots=True)
class Lineage:
    """A key and all above it up to the root, of which the acting key sees those up to itself: `visible`."""

    chain: tuple[Scope, ...]
    visible: tuple[Scope, ...]

    @property
    def scope(self) -> Scope:
        return self.chain[0]

    @property
    def path(self) -> list[str]:
        """Ids from the acting key down to this one."""
        return [scope.key_id for scope in reversed(self.visible)]


@dataclass(frozen=True, slots=True)
class ActingKey:
    """A key that has authenticated, and that nothing above it keeps from acting."""

    lineage: Lineage
    keys: KeysTable

    @property
    def scope(self) -> Scope:
        return self.lineage.scope

    def find(self, key_id: str) -> Lineage:
        """The key itself or one below it; raises `RefusedError`."""
        below: list[Scope] = []
        above: str | None = key_id if _KEY_ID.fullmatch(key_id) else None
        while above is not None and len(below) < MAX_SCOPES:
            if above == self.scope.key_id:
                return Lineage((*below, *self.lineage.chain), (*below, self.scope))
            scope = self.keys.get(above)
            if scope is None:
                break
            below.append(scope)
            above = scope.parent_id
        # What is given for an id may be anything, a secret included, and is not repeated.
        raise RefusedError(Reason.KEY_NOT_FOUND, "There is no API key of that id.")

    def sees(self, key_id: str) -> bool:
        try:
            self.find(key_id)
        except RefusedError:
            return False
        return True

    def require_manager(self) -> None:
        """Raises `RefusedError` unless the key may create and adjust keys below it."""
        if not self.scope.manage_children:
            message = f"API key {self.scope.key_id} may not create or change other keys."
            raise RefusedError(Reason.KEY_MANAGEMENT_NOT_ALLOWED, message)

    def adjustable(self, key_id: str) -> Lineage:
        """A key below it, to be changed; raises `RefusedError`."""
        lineage = self.find(key_id)
        self.require_manager()
        if lineage.scope.key_id == self.scope.key_id:
            message = "An API key can't change itself. Ask the person who gave it to you."
            raise RefusedError(Reason.KEY_MANAGEMENT_NOT_ALLOWED, message)
        return lineage


def authenticate(keys: KeysTable, key: ApiKey, now: datetime) -> ActingKey:
    """The key that a request carries, if it is in force; raises `RefusedError`.

    As with calls, one whose ancestor is revoked or has expired can't do anything.
    """
    chain = [decide.authenticate(keys.get(key.key_id), key.secret_hash, now)]
    while (above := chain[-1].parent_id) is not None and len(chain) < MAX_SCOPES:
        parent = keys.get(above)
        if parent is None:
            raise refusal_messages.parent_gone()
        _require_in_force_above(parent, now)
        chain.append(parent)
    return ActingKey(Lineage(tuple(chain), (chain[0],)), keys)


def _require_in_force_above(parent: Scope, now: datetime) -> None:
    try:
        decide.require_in_force(parent, now)
    except RefusedError as refused:
        what = "has expired" if refused.reason is Reason.KEY_EXPIRED else "has been revoked"
        raise RefusedError(refused.reason, f"A key above this one {what}.") from refused


def told_to(acting: ActingKey, error: HierarchyError) -> str:
    """What a key's holder may learn of a refusal by the hierarchy: nothing of keys that it doesn't see."""
    if error.brief is not None and (error.about is None or not acting.sees(error.about)):
        return error.brief
    return error.message


def acting_key_of(request: Request) -> ActingKey:
    """The key that makes a request."""
    found: ActingKey = request.context["acting_key"]
    return found
