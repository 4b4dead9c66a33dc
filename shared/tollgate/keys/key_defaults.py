"""What keys are given where nobody says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate.ledger.scopes import Enforcement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class KeyDefaults:
    """What a key is created with where its creation doesn't say; None is no limit.

    `monthly_quota` is USD, of roots alone: a child is bounded by its ancestors. `expiry_days` count from the
    creation. `rotation_grace_seconds` is for how long a secret stays valid once it has a successor.

    Holders of keys may have mails sent to `self_service_mail_domains` beside their owner's own, and choose a
    debounce of no less than `self_service_min_debounce_seconds`.
    """

    monthly_quota: Decimal | None = None
    enforcement: Enforcement = Enforcement.SOFT
    rpm_limit: int | None = None
    tpm_limit: int | None = None
    max_parallel: int | None = None
    expiry_days: int | None = None
    rotation_grace_seconds: int = 86_400
    self_service_mail_domains: tuple[str, ...] = ()
    self_service_min_debounce_seconds: int = 900


@dataclass(frozen=True, slots=True)
class KeyDefaultOverrides:
    """The defaults that admins have chosen, by name, over those `deployed`.

    `revision` counts the changes, 0 while there was none.
    """

    deployed: KeyDefaults
    chosen: Mapping[str, Any]
    revision: int

    @property
    def in_force(self) -> KeyDefaults:
        return replace(self.deployed, **self.chosen)

    def changed(self, changes: Mapping[str, Any]) -> KeyDefaultOverrides:
        """With other choices; None goes back to what is deployed."""
        chosen = {name: value for name, value in {**self.chosen, **changes}.items() if value is not None}
        return replace(self, chosen=chosen)
