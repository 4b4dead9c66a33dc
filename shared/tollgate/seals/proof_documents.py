"""Proofs as documents, which can be verified by whoever has nothing else: neither the stack nor an account.

A document has the item, its path to the root of a day's tree, and the seals from that day's on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.lean_dataclass import dataclass
from tollgate.seals import merkle_tree
from tollgate.seals.canonical_items import canonical_bytes, canonical_json
from tollgate.seals.day_seals import Kind, Seal, SealError, Section, leaf_of
from tollgate.seals.sealing_times import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

FORMAT = "tollgate-proof-1"


class ProofError(ValueError):
    """The document proves nothing. The message is a sentence that says why."""


class Proved(NamedTuple):
    """That `item` was in the stack's seal of `day`, which `head` stands for: the head of the `last` day."""

    kind: Kind
    item: Mapping[str, Any]
    stack: str
    day: date
    last: date
    head: str


@dataclass(frozen=True, slots=True)
class Proof:
    """`item` is DynamoDB's JSON, `index` its leaf's place in the section's tree of the first of `seals`."""

    section: Section
    item: Mapping[str, Any]
    index: int
    path: tuple[bytes, ...]
    seals: tuple[Seal, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "section": self.section.value,
            "item": json.loads(canonical_bytes(self.item)),
            "index": self.index,
            "path": [each.hex() for each in self.path],
            "seals": [json.loads(seal.text()) for seal in self.seals],
        }

    @classmethod
    def from_json(cls, document: Any) -> Proof:
        """Raises `ProofError`."""
        try:
            if document["format"] != FORMAT:
                raise ProofError(f"The proof is of the format {document['format']}, which isn't known here.")
            return cls(
                section=Section(document["section"]),
                item=dict(document["item"]),
                index=_whole(document["index"]),
                path=tuple(map(merkle_tree.hash_of, document["path"])),
                seals=tuple(Seal.parse(canonical_json(each).decode()) for each in document["seals"]),
            )
        except (ProofError, SealError) as error:
            raise ProofError(str(error)) from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ProofError(
                "That is no proof: something is missing in it, or is no JSON of a proof."
            ) from error

    def verify(self, known_head: str | None = None) -> Proved:
        """Raises `ProofError`. With `known_head`, one of the seals must have that head."""
        if not self.seals:
            raise ProofError("The proof has no seal.")
        first, last = self.seals[0], self.seals[-1]
        part = first.parts[self.section]
        try:
            leaf = leaf_of(self.section.kind, self.item)
            root = merkle_tree.root_from_path(leaf, self.index, part.size, self.path)
        except ValueError as error:
            raise ProofError(f"The path doesn't lead to the root of {first.day}. {error}") from error
        if root.hex() != part.root:
            raise ProofError(f"The item isn't what was sealed on {first.day}: it, or its path, was changed.")
        for before, after in zip(self.seals, self.seals[1:], strict=False):
            if after.day != before.day + DAY or after.previous != before.head or after.stack != before.stack:
                raise ProofError(f"The seal of {after.day} doesn't follow from that of {before.day}.")
        if known_head is not None and known_head.lower() not in {seal.head for seal in self.seals}:
            raise ProofError("None of the proof's seals has the head that you know: it is of another chain.")
        return Proved(self.section.kind, self.item, first.stack, first.day, last.day, last.head)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value
