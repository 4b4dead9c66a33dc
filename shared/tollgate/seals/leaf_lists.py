"""Leaf lists: the names and hashes of a tree's leaves, in runs of a size, so that a leaf that is wrong has a
name.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING, NamedTuple, Self

from tollgate.lean_dataclass import dataclass
from tollgate.seals import merkle_tree
from tollgate.seals.canonical_items import canonical_json
from tollgate.seals.day_seals import Name, SealedPart

if TYPE_CHECKING:
    from collections.abc import Sequence

# A power of two, by which each list is a subtree. An item of so many leaves has about 240 KB of DynamoDB's
# 400.
LIST_SIZE = 4096
_HASH = 32
_LENGTH = 4
# More than names of that number can have: what unpacks to more was put there to harm.
_MAX_NAMES = 16_000_000


class LeafListError(ValueError):
    """What should be a leaf list is none."""


class Leaf(NamedTuple):
    name: Name
    hash: bytes


class ListSummary(NamedTuple):
    """What a seal keeps of a leaf list: the root of its leaves, and a hash of their names."""

    root: bytes
    names: bytes


@dataclass(frozen=True, slots=True)
class LeafList:
    """Leaves in the order of their names."""

    leaves: tuple[Leaf, ...]

    @property
    def last(self) -> Name:
        return self.leaves[-1].name

    @property
    def hashes(self) -> list[bytes]:
        return [leaf.hash for leaf in self.leaves]

    def summary(self) -> ListSummary:
        return ListSummary(merkle_tree.root_of(self.hashes), hashlib.sha256(self._names()).digest())

    def encode(self) -> bytes:
        """The length of the names (4 bytes), the names as JSON, compressed by zlib, and then the hashes."""
        names = zlib.compress(self._names())
        return b"".join([len(names).to_bytes(_LENGTH, "big"), names, *self.hashes])

    @classmethod
    def decode(cls, encoded: bytes) -> Self:
        """Raises `LeafListError`."""
        try:
            end = _LENGTH + int.from_bytes(encoded[:_LENGTH], "big")
            unpacking = zlib.decompressobj()
            unpacked = unpacking.decompress(encoded[_LENGTH:end], _MAX_NAMES)
            names = [Name(*each) for each in json.loads(unpacked)]
            hashes = [encoded[place : place + _HASH] for place in range(end, len(encoded), _HASH)]
            found = cls(tuple(Leaf(*each) for each in zip(names, hashes, strict=True)))
            sound = bool(names) and len(hashes[-1]) == _HASH and found._names() == unpacked
        except (ValueError, TypeError, zlib.error, RecursionError) as error:
            raise LeafListError("The leaf list can't be read.") from error
        if not sound:
            raise LeafListError("The leaf list isn't written as leaf lists are.")
        return found

    def _names(self) -> bytes:
        return canonical_json([leaf.name for leaf in self.leaves])


def part_of(summaries: Sequence[ListSummary], size: int) -> SealedPart:
    """What a seal says of a tree of `size` leaves, by its lists."""
    root = merkle_tree.root_of([each.root for each in summaries])
    return SealedPart(size, root.hex(), hashlib.sha256(pack(summaries)).hexdigest())


def pack(summaries: Sequence[ListSummary]) -> bytes:
    """64 bytes for each list."""
    return b"".join(each.root + each.names for each in summaries)


def unpack(packed: bytes) -> list[ListSummary]:
    """Of what isn't whole, the rest is short: then it isn't what a seal stands for."""
    width = 2 * _HASH
    return [
        ListSummary(packed[place : place + _HASH], packed[place + _HASH : place + width])
        for place in range(0, len(packed), width)
    ]


def inclusion_path(
    summaries: Sequence[ListSummary], leaf_list: LeafList, index: int, list_size: int
) -> list[bytes]:
    """From the leaf at `index` of the whole tree, which is in `leaf_list`, to the root."""
    within = merkle_tree.inclusion_path(leaf_list.hashes, index % list_size)
    return within + merkle_tree.inclusion_path([each.root for each in summaries], index // list_size)
