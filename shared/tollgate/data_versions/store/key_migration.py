"""Keys in the form of today: those of version 1 have each setting, also where it is the usual one.

A key's item is written twice by each call, and each write is charged by its size. Records aren't rewritten:
they expire, and are what the ledger is proved by. Open holds aren't either: they end by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, image_of_failure
from tollgate.aws.update_expression import Update
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.key_settings import SETTINGS
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

# The other items of the table have none.
_IS_KEY: Final = "attribute_exists(secret_hash)"
_SETTINGS: Final = frozenset(setting.attribute for setting in SETTINGS)
# Each try after the first answers to an edit that was made in between.
_TRIES: Final = 5


class KeyBusyError(Exception):
    """A key is edited again and again."""


@dataclass(frozen=True, slots=True)
class KeyMigration:
    """`on_progress` hears how many keys were looked at, and how many of them were changed."""

    client: DynamoDBClient
    table: str
    on_progress: Callable[[int, int], None] = lambda _looked, _changed: None

    def run(self) -> int:
        """How many keys it has changed; none that is as it should be, so that it may be run again.

        What requests write meanwhile isn't touched. Raises `KeyBusyError`.
        """
        changed = 0
        for looked, item in enumerate(self.items(), 1):
            changed += self._migrate(item)
            self.on_progress(looked, changed)
        return changed

    def items(self) -> Iterator[dict[str, Any]]:
        """All keys as they are stored."""
        return dynamodb.pages(
            self.client.scan, TableName=self.table, FilterExpression=_IS_KEY, ConsistentRead=True
        )

    def _migrate(self, item: dict[str, Any] | None) -> bool:
        for _ in range(_TRIES):
            superfluous = superfluous_settings(item) if item else []
            if not item or not superfluous:
                return False
            try:
                self.client.update_item(**_leaving_out(self.table, item, superfluous).request())
            except ServiceError as error:
                if not condition_failed(error):
                    raise
                item = image_of_failure(error)
            else:
                return True
        raise KeyBusyError


def superfluous_settings(item: Mapping[str, Any]) -> list[str]:
    """The attributes that say of a key what it would be without them."""
    wanted = scope_items.to_item(scope_items.to_scope(item))
    return sorted(name for name in _SETTINGS & item.keys() if wanted.get(name) is None)


def is_named(hold: Any) -> bool:
    """Whether an open request is stored as version 1 stores it."""
    return isinstance(hold, dict)


def _leaving_out(table: str, item: Mapping[str, Any], names: list[str]) -> Update:
    """If no edit has come in between: by another setting, what one says may no longer be what is usual."""
    update = Update(table, key_id=item["key_id"])
    update.require_as_seen("revision", item["revision"])
    for name in names:
        update.put(name, None)
    return update
