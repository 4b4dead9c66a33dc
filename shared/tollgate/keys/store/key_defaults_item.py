"""The defaults of keys, as admins set them: an item of the catalog table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.aws import dynamodb
from tollgate.aws.transactions import put_revision
from tollgate.keys.key_defaults import KeyDefaultOverrides, KeyDefaults
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.scopes import Enforcement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

_KIND, _ID = "settings", "keys"
_COUNTS = (
    "rpm_limit",
    "tpm_limit",
    "max_parallel",
    "expiry_days",
    "rotation_grace_seconds",
    "self_service_min_debounce_seconds",
)


@dataclass(frozen=True, slots=True)
class KeyDefaultsTable:
    """`deployed` is what holds until admins choose something else, one by one."""

    client: DynamoDBClient
    table: str
    deployed: KeyDefaults

    def read(self) -> KeyDefaultOverrides:
        stored = dynamodb.get(self.client, self.table, kind=_KIND, id=_ID)
        if stored is None:
            return KeyDefaultOverrides(self.deployed, {}, 0)
        return KeyDefaultOverrides(self.deployed, _to_overrides(stored["chosen"]), int(stored["revision"]))

    def replace(
        self, seen: KeyDefaultOverrides, wanted: KeyDefaultOverrides, *writes: Any
    ) -> KeyDefaultOverrides:
        """Stores other choices, together with `writes`; raises `EditConflictError`."""
        stored = {
            name: list(value) if isinstance(value, tuple) else value for name, value in wanted.chosen.items()
        }
        chosen = {"kind": _KIND, "id": _ID, "chosen": stored}
        put_revision(self.client, self.table, chosen, seen.revision, *writes)
        return replace(wanted, revision=seen.revision + 1)


def _to_overrides(stored: Mapping[str, Any]) -> dict[str, Any]:
    chosen = dict(stored)
    if "enforcement" in chosen:
        chosen["enforcement"] = Enforcement(chosen["enforcement"])
    if "self_service_mail_domains" in chosen:
        chosen["self_service_mail_domains"] = tuple(chosen["self_service_mail_domains"])
    return chosen | {name: int(chosen[name]) for name in _COUNTS if name in chosen}
