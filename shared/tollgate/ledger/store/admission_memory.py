"""What a process remembers of admissions before: who is above whom, what scopes charge, and their policies.

It only spares writes and round trips: each admission is decided by the images of the scopes themselves.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeVar

from tollgate.lean_dataclass import dataclass
from tollgate.ledger.admissions import MAX_SCOPES
from tollgate.pricing.price_terms import INHERITED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tollgate.ledger.scopes import Scope
    from tollgate.pricing.price_terms import PriceTerms

T = TypeVar("T")

_MAX_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class AdmissionMemory:
    """Parents, terms and policies of scopes, as they were last seen; those without any have no entry."""

    _parents: dict[str, str] = field(default_factory=dict)
    _terms: dict[str, PriceTerms] = field(default_factory=dict)
    _known: dict[str, Scope] = field(default_factory=dict)
    _refusing: set[str] = field(default_factory=set)

    def note(self, scope: Scope) -> None:
        terms = scope.price_terms
        if terms is INHERITED:
            self._terms.pop(scope.key_id, None)
        else:
            _put(self._terms, scope.key_id, terms)
        if scope.parent_id is None:
            self._parents.pop(scope.key_id, None)
        else:
            _put(self._parents, scope.key_id, scope.parent_id)
        if scope.has_policies:
            # Of what it had open nothing is asked later.
            _put(self._known, scope.key_id, replace(scope, holds={}, closed={}, rates={}))
        else:
            self._known.pop(scope.key_id, None)

    def known(self, scope_id: str) -> Scope | None:
        """The scope as it was last seen, if it has policies."""
        return self._known.get(scope_id)

    def governing(self, key_id: str) -> list[Scope]:
        """The scopes with policies that a key seems to be, and to be below, the nearest first."""
        return (
            [self._known[each] for each in self._climb(key_id) if each in self._known] if self._known else []
        )

    def note_refusing(self, scope_id: str) -> None:
        """Has nothing tried above a scope until that has let a request in."""
        if len(self._refusing) >= _MAX_REMEMBERED:
            self._refusing.clear()
        self._refusing.add(scope_id)

    def note_admitting(self, scope_id: str) -> None:
        self._refusing.discard(scope_id)

    def above(self, parent_id: str | None, below: Collection[str]) -> list[str]:
        """The ancestors that a scope with that parent seems to have, the nearest first.

        None of the scopes `below` is among them: what is remembered of a time before moves may say so.
        """
        chain: list[str] = []
        for scope_id in self._climb(parent_id):
            if scope_id in (*below, *chain):
                break
            chain.append(scope_id)
            if scope_id in self._refusing:
                break
        return chain

    def terms(self, scope_id: str | None) -> Iterator[PriceTerms]:
        """Those of a scope and of all that seem to be above it."""
        if self._terms:
            for each in self._climb(scope_id):
                yield self._terms.get(each, INHERITED)

    def _climb(self, scope_id: str | None) -> Iterator[str]:
        for _ in range(MAX_SCOPES - 1):
            if scope_id is None:
                break
            yield scope_id
            scope_id = self._parents.get(scope_id)


def _put(remembered: dict[str, T], name: str, value: T) -> None:
    if len(remembered) >= _MAX_REMEMBERED:
        remembered.clear()
    remembered[name] = value
