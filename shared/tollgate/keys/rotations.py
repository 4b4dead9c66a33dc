"""Rotations: a key gets a new secret, and its old ones stay valid for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from tollgate.ledger.scopes import Scope

# Each admission's write costs by the item's size.
MAX_OLD_SECRETS = 5
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class TooManySecretsError(Exception):
    """As many old secrets are in force as may be."""


def rotated(scope: Scope, secret_hash: str, at: datetime, grace: timedelta) -> Scope:
    """The scope with another secret; the one that it has now is valid for `grace` more.

    Those before it stay as long as they were given: who has lost the answer to a rotation, and asks for
    another, must not shut out the secret that is still in use. Without grace all of them end at once,
    whatever other clocks say. Raises `TooManySecretsError`.
    """
    in_force = {old: until for old, until in scope.old_secrets.items() if at < until}
    old = {**in_force, scope.secret_hash: at + grace}
    if not grace:
        old = dict.fromkeys(old, _LONG_AGO)
    elif len(old) > MAX_OLD_SECRETS:
        raise TooManySecretsError
    return replace(scope, secret_hash=secret_hash, old_secrets=old, updated_at=at)
