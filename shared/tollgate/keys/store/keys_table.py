"""The keys table as admins use it: creating keys and editing their settings.

Spending is the ledger's. Beside keys the table has items that requests never touch (see `family_items`,
`move_item` and `external_ids` here); only a key has a `secret_hash`.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain, values
from aws_wire.errors import ServiceError
from tollgate.audit.store import audit_table as audit
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, image_of_failure, in_transaction, item
from tollgate.aws.transactions import transact
from tollgate.clock import Clock, utc_now
from tollgate.conflicts import EditConflictError
from tollgate.keys import settings_edit
from tollgate.keys.store import key_writes
from tollgate.keys.store.external_ids import ExternalIdTable
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.policies import advances, automatic_increase, temporary_limits
from tollgate.ledger.scopes import Advance
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.audit.entry import Change
    from tollgate.audit.store.audit_table import AuditTable
    from tollgate.aws.dynamodb import Item
    from tollgate.aws.update_expression import Update
    from tollgate.ledger.scopes import Scope

logger = logging.getLogger(__name__)

# Requests in flight may change a key between a read and a write that depends on all of its holds.
_TRIES = 50
# What a page of a list reads at most: so many requests, of so many items each where few may match.
_MAX_SCANS = 8
_SCANNED_AT_ONCE = 250
_IS_KEY = "attribute_exists(secret_hash)"
_IS_ROOT = f"{_IS_KEY} AND attribute_not_exists(parent_id)"


@dataclass(frozen=True, slots=True)
class KeysTable:
    """`audit_table` is needed where changes are given to be noted.

    A key is shown as time has made it, by the `clock`, be that stored yet or not. Its quota's window is not:
    that is as requests have left it.
    """

    client: DynamoDBClient
    table: str
    audit_table: AuditTable | None = None
    clock: Clock = utc_now

    def add(self, scope: Scope, change: Change | None = None, *also: dict[str, Any]) -> None:
        """Stores a new key, together with the change that it is and `also` other writes.

        Raises `EditConflictError` if one of them can't be made any more, `ExternalIdTakenError` if another
        key has its external id.
        """
        noted = [self._audit.put_write(change)] if change else []
        named = []
        if scope.external_id is not None:
            named = [self._external_ids.claim_write(scope.external_id, scope.key_id, self)]
        transact(self.client, {"Put": self._putting(scope)}, *noted, *named, *also)

    def delete(self, seen: Scope, change: Change, *also: dict[str, Any]) -> None:
        """Takes away a key that has never been used, together with what `add` has stored, and `also`.

        Raises `EditConflictError` if it has been used or edited since it was seen.
        """
        found = dynamodb.get(self.client, self.table, key_id=seen.key_id)
        if found:
            self._append(found)
            self._catch_up(found)
        former = self._external_ids.pointer_of(seen)
        dropped = [self._external_ids.drop_write(former)] if former else []
        deleted = {"Delete": key_writes.deleting(self.table, seen)}
        transact(self.client, deleted, self._audit.put_write(change), *dropped, *also)

    def get(self, key_id: str) -> Scope | None:
        found = dynamodb.get(self.client, self.table, key_id=key_id)
        return self._scope(found) if found else None

    def get_all(self, key_ids: Collection[str]) -> dict[str, Scope]:
        """Those keys that exist, read consistently."""
        found = self._batch(key_ids, ConsistentRead=True)
        return {each["key_id"]: self._scope(each) for each in found}

    def by_external_id(self, external_id: str) -> Scope | None:
        pointer = self._external_ids.get(external_id)
        scope = self.get(pointer.key_id) if pointer else None
        return scope if scope and scope.external_id == external_id else None

    def page(
        self,
        size: int,
        after: str | None,
        matches: Callable[[Scope], bool] | None = None,
        *,
        roots_only: bool = False,
    ) -> tuple[list[Scope], str | None]:
        """At most `size` keys, if `matches` is given those alone, and where to go on, None at the end.

        With `roots_only` those without a parent, which the table picks out before it sends them. In an order
        that means nothing, yet never changes: a key that is there throughout is on one page. What is read is
        bounded, so that a page may have few keys or none and yet not be the last.
        """
        scopes: list[Scope] = []
        last: Any = values({"key_id": after}) if after else None
        is_whole = matches is None and not roots_only
        for _ in range(_MAX_SCANS):
            start: dict[str, Any] = {"ExclusiveStartKey": last} if last else {}
            answer: Any = self.client.scan(
                TableName=self.table,
                FilterExpression=_IS_ROOT if roots_only else _IS_KEY,
                ConsistentRead=True,
                Limit=2 * size + 1 if is_whole else _SCANNED_AT_ONCE,
                **start,
            )
            for found in map(self._scope, map(plain, answer["Items"])):
                if matches is None or matches(found):
                    if len(scopes) == size:
                        return scopes, scopes[-1].key_id
                    scopes.append(found)
            last = answer.get("LastEvaluatedKey")
            if last is None:
                return scopes, None
        return scopes, plain(last)["key_id"]

    def names(self, key_ids: Collection[str]) -> dict[str, str]:
        """The names of those keys that exist."""
        found = self._batch(
            key_ids, ProjectionExpression="key_id, #name", ExpressionAttributeNames={"#name": "name"}
        )
        return {each["key_id"]: each["name"] for each in found}

    def parents(self, key_ids: Collection[str]) -> dict[str, str | None]:
        """The parents of those keys that exist, read consistently; None for a root."""
        found = self._batch(key_ids, ConsistentRead=True, ProjectionExpression="key_id, parent_id")
        return {each["key_id"]: each.get("parent_id") for each in found}

    def chains(self, scopes: Iterable[Scope]) -> dict[str, tuple[Scope, ...]]:
        """For each scope itself and all above it, the nearest first."""
        known = {scope.key_id: scope for scope in scopes}
        asked, gone = list(known), set[str]()
        while unknown := {each.parent_id for each in known.values() if each.parent_id} - known.keys() - gone:
            found = self.get_all(unknown)
            known |= found
            gone |= unknown - found.keys()
        return {key_id: _chain(key_id, known) for key_id in asked}

    def edit(self, before: Scope, after: Scope, change: Change | None = None) -> Scope:
        """Stores the settings that differ between two versions of a scope.

        Raises `EditConflictError`, and `ExternalIdTakenError` if another key has the new external id.
        Counters follow from the settings and from what is spent meanwhile. `change` gets into the audit
        table if and only if the edit is made, once, whatever dies in between: if not now, then with the
        next edit, or when someone asks for the key's changes.
        """
        after = automatic_increase.recounted(before, temporary_limits.kept(after))
        if not key_writes.changed_settings(before, after):
            return before

        def update(seen: Scope) -> Update:
            return key_writes.editing(self.table, settings_edit.edit(seen, after), change)

        if before.external_id == after.external_id:
            return self._edit(before, update, change)
        # Seen before the edit: if it is written again, a later edit has given the id back.
        former = self._external_ids.pointer_of(before)
        if after.external_id is not None:
            self._external_ids.claim(after.external_id, before.key_id, self)
        stored = self._edit(before, update, change)
        if former is not None:
            self._external_ids.drop_soon(former)
        return stored

    def reset_used(
        self,
        before: Scope,
        at: datetime,
        change: Change | None = None,
        *,
        budget: bool = True,
        quota: bool = True,
    ) -> Scope:
        """Takes off what a scope was seen to have used; what is spent meanwhile stays.

        Raises `EditConflictError`.
        """
        reset = settings_edit.reset(before, at, budget=budget, quota=quota)
        if reset.is_empty:
            return before
        update = key_writes.resetting(self.table, reset, at, change)
        return self._edit(before, lambda _seen: update, change, tries=1)

    def edit_packs(self, before: Scope, update: Callable[[Scope], Update], change: Change | None) -> Scope:
        """An edit of a key's packs, which `update` makes of the key as it is; raises `EditConflictError`.

        `change` gets into the audit table as that of `edit` does.
        """
        return self._edit(before, update, change)

    def fence(self, seen: Scope) -> Scope:
        """Makes every edit fail that has read what was seen; raises `EditConflictError` if it came first."""
        image, applied, _ = self._write(key_writes.fencing(self.table, seen))
        if image is None or not applied:
            raise EditConflictError
        return scope_items.to_scope(image)

    def append_audit(self, key_id: str) -> None:
        """Appends to the audit table what the last edit of a key has left to be appended."""
        found = dynamodb.get(self.client, self.table, key_id=key_id)
        if found:
            self._append(found)

    @property
    def _audit(self) -> AuditTable:
        if self.audit_table is None:
            message = "A change was given to a table of keys that has no audit."
            raise RuntimeError(message)
        return self.audit_table

    @property
    def _external_ids(self) -> ExternalIdTable:
        return ExternalIdTable(self.client, self.table)

    def _scope(self, image: Item) -> Scope:
        return advances.caught_up(scope_items.to_scope(image), self.clock())

    def _catch_up(self, image: Item) -> bool:
        """Stores what time has made of a key, so that it can be edited; false if that is nothing."""
        if "changes_at" not in image:
            return False
        seen = scope_items.to_scope(image)
        after = advances.caught_up(seen, self.clock())
        if after is not seen:
            self._update(key_writes.advancing(self.table, Advance(seen, after)))
        return after is not seen

    def _edit(
        self, before: Scope, update: Callable[[Scope], Update], change: Change | None, tries: int = _TRIES
    ) -> Scope:
        """Makes an edit of a revision, whatever requests change meanwhile."""
        seen = before
        for _ in range(tries):
            image, applied, retried = self._write(update(seen))
            if image is None:
                raise EditConflictError
            seen = scope_items.to_scope(image)
            if applied:
                self._append_soon(image)
                return seen
            self._append(image)
            if seen.revision != before.revision:
                # What a retry finds may be what its first try has done.
                if retried and change is not None and self._audit.has(change):
                    return seen
                raise EditConflictError
        raise EditConflictError

    def _append_soon(self, image: Item) -> None:
        """The edit is made: what keeps its audit entry waiting doesn't undo that."""
        try:
            self._append(image)
        except Exception:
            logger.exception("The last change of %s is not in the audit table yet", image["key_id"])

    def _append(self, image: Item) -> None:
        pending = image.get(key_writes.PENDING_AUDIT)
        if pending is None:
            return
        change = audit.to_change(pending)
        self._audit.put(change)
        # Where the key is just being deleted, it goes along.
        with contextlib.suppress(EditConflictError):
            self._write(key_writes.clearing_audit(self.table, image["key_id"], change.id))

    def _write(self, update: Update) -> tuple[Item | None, bool, bool]:
        """The item, as written or as the condition found it; whether the write applied; if it was retried.

        Of a key that is not stored yet as it is seen, that is stored first.
        """
        written = self._update(update)
        image, applied, _ = written
        return self._update(update) if image and not applied and self._catch_up(image) else written

    def _update(self, update: Update) -> tuple[Item | None, bool, bool]:
        try:
            answer: Any = self.client.update_item(**update.request())
        except ServiceError as error:
            if in_transaction(error):
                raise EditConflictError from error
            if not condition_failed(error):
                raise
            return image_of_failure(error), False, _was_retried(error.response)
        return plain(answer["Attributes"]), True, _was_retried(answer)

    def _putting(self, scope: Scope) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Item": item(scope_items.to_item(scope)),
            "ConditionExpression": "attribute_not_exists(key_id)",
        }

    def _batch(self, key_ids: Collection[str], **options: Any) -> Iterator[Item]:
        keys = [{"key_id": key_id} for key_id in sorted(set(key_ids))]
        return dynamodb.get_batch(self.client, self.table, keys, **options)


def _was_retried(answer: Any) -> bool:
    return bool(answer["ResponseMetadata"].get("RetryAttempts", 0))


def _chain(key_id: str, known: Mapping[str, Scope]) -> tuple[Scope, ...]:
    chain = [known[key_id]]
    while (above := known.get(chain[-1].parent_id or "")) is not None and above not in chain:
        chain.append(above)
    return tuple(chain)
