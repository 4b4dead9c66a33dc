"""Packs as admins add and void them: what was agreed of each, and what is left of it in its key's item.

A key's item takes requests and can't be part of a transaction, so that a pack is two writes: what was agreed
first, then the pack itself. One that was broken off in between is not there, for nobody sees or spends it;
whoever asks for it again, by its external id, adds it. A pack that has ended stays in the key's item until
another one is added: then what it came to is filed first, and it is taken out by the write that adds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tollgate.conflicts import EditConflictError, PackConflictError
from tollgate.keys import pack_definitions
from tollgate.keys.pack_definitions import PackStanding, PackState
from tollgate.keys.store import pack_edit_writes
from tollgate.keys.store.pack_edit_writes import Addition
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing.packs import MAX_PACKS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tollgate.audit.entry import Change
    from tollgate.aws.update_expression import Update
    from tollgate.keys.pack_definitions import PackDefinition
    from tollgate.keys.store.keys_table import KeysTable
    from tollgate.keys.store.pack_definitions_table import PackDefinitionTable
    from tollgate.ledger.billing.packs import Pack
    from tollgate.ledger.holds import Hold
    from tollgate.ledger.scopes import Scope

# How much later than its end a pack is ended by everybody's clock: AWS takes no request that is older.
_SURELY = timedelta(minutes=10)


class AddedPack(NamedTuple):
    """`is_new`: it wasn't there before."""

    standing: PackStanding
    is_new: bool


@dataclass(frozen=True, slots=True)
class ResourcePacks:
    """Methods that write raise `EditConflictError` if someone else came between: then they may be repeated,
    with a key and a definition that are read again, in that order.
    """

    keys: KeysTable
    definitions: PackDefinitionTable

    def add(self, seen: Scope, wanted: PackDefinition, at: datetime, change: Change) -> AddedPack:
        """Adds a pack to a key; one of its id that is there already is returned, whatever it says.

        Raises `PackConflictError` for what the key's packs don't allow.
        """
        # Read after the key. If the pack has come and gone since, the key has another revision.
        definition = self.definitions.get(seen.key_id, wanted.id)
        if definition is not None:
            found = pack_definitions.standing(definition, seen.packs.get(definition.id))
            if found is not None:
                return AddedPack(found, is_new=False)
        else:
            self.definitions.put(wanted)
            definition = wanted
        _require_room(seen, definition, at)
        ended = {pack_id: seen.packs[pack_id] for pack_id in _ended(seen, at)}
        for pack_id, pack in ended.items():
            self._file(seen.key_id, pack_id, pack)
        addition = Addition(definition.id, _as_added(definition, at), ended)

        def update(found: Scope) -> Update:
            if any(found.packs.get(pack_id) != pack for pack_id, pack in ended.items()):
                raise EditConflictError
            return pack_edit_writes.adding(self.keys.table, found, addition, at, change)

        stored = self.keys.edit_packs(seen, update, change)
        return AddedPack(_standing(definition, stored), is_new=True)

    def void(self, seen: Scope, pack_id: str, at: datetime, change: Change) -> PackStanding | None:
        """Ends a pack; None if the key has none of that id. One that is voided already stays as it is.

        Raises `PackConflictError` for one that has ended by itself.
        """
        before = self.get(seen, pack_id)
        if before is None or before.state_at(at) is PackState.VOIDED:
            return before
        if before.state_at(at) in {PackState.USED, PackState.EXPIRED}:
            message = f"Pack {pack_id} is {before.state_at(at)}: there is nothing to void."
            raise PackConflictError(message)

        def update(found: Scope) -> Update:
            return pack_edit_writes.voiding(self.keys.table, found, pack_id, at, change)

        stored = self.keys.edit_packs(seen, update, change)
        return _standing(before.definition, stored)

    def _file(self, key_id: str, pack_id: str, pack: Pack) -> None:
        definition = self.definitions.get(key_id, pack_id)
        if definition is not None:
            self.definitions.file(key_id, pack_id, pack_definitions.filed(definition, pack))

    def get(self, seen: Scope, pack_id: str) -> PackStanding | None:
        """How a pack of a key stands that was read before; None if there is none of that id."""
        definition = self.definitions.get(seen.key_id, pack_id)
        if definition is None:
            return None
        return pack_definitions.standing(definition, seen.packs.get(pack_id))

    def page(self, seen: Scope, size: int, after: str | None) -> tuple[list[PackStanding], str | None]:
        """At most `size` of a key's packs, in the order of their ids, and where to go on, None at the end."""
        definitions, following = self.definitions.page(seen.key_id, size, after)
        found = [pack_definitions.standing(each, seen.packs.get(each.id)) for each in definitions]
        return [each for each in found if each is not None], following

    def created_between(self, since: datetime, until: datetime) -> Iterator[PackStanding]:
        """All keys' packs that were created from `since` until just before `until`, each once."""
        named = set(self.definitions.created_in_months(since, until))
        scopes = self.keys.get_all({key_id for key_id, _ in named})
        for key_id, pack_id in named:
            # Read after the key: of what was taken out of it since, what it came to is here.
            found = self.get(scopes[key_id], pack_id) if key_id in scopes else None
            if found is not None and since <= found.definition.created_at < until:
                yield found


def _standing(definition: PackDefinition, stored: Scope) -> PackStanding:
    found = pack_definitions.standing(definition, stored.packs.get(definition.id))
    if found is None:
        raise EditConflictError
    return found


def _require_room(seen: Scope, definition: PackDefinition, at: datetime) -> None:
    if definition.expires_at is not None and definition.expires_at <= at:
        message = f"Pack {definition.id} has expired before it was added."
        raise PackConflictError(message)
    live = sum(not _has_ended(pack, at) for pack in seen.packs.values())
    if live >= MAX_PACKS:
        message = f"API key {seen.key_id} already has {live} packs that have not ended, the maximum."
        raise PackConflictError(message)


def _has_ended(pack: Pack, at: datetime) -> bool:
    return not pack.left or (pack.expires_at is not None and pack.expires_at <= at)


def _ended(seen: Scope, at: datetime) -> Iterator[str]:
    """The packs of a key on which no call can draw any more, and to which none can give back what it drew.

    What is left of them can't change, so that it is filed once and for all.
    """
    holds = seen.holds.values()
    for pack_id, pack in seen.packs.items():
        if (not pack.left and not any(_has_drawn(hold, pack_id) for hold in holds)) or (
            _is_long_over(pack, at) and not any(pack.is_in_effect(hold.at) for hold in holds)
        ):
            yield pack_id


def _has_drawn(hold: Hold, pack_id: str) -> bool:
    return hold.parts is not None and pack_id in hold.parts.draws


def _is_long_over(pack: Pack, at: datetime) -> bool:
    return pack.expires_at is not None and pack.expires_at + _SURELY <= at


def _as_added(definition: PackDefinition, at: datetime) -> Pack:
    """The pack as the key's item gets it: for calls of this moment, too, be their clocks behind."""
    pack = definition.to_pack()
    if at < pack.effective_at:
        return pack
    return replace(pack, effective_at=min(pack.effective_at, at - pack_edit_writes.CLOCKS_DIFFER))
