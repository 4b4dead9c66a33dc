"""The catalog's items, kept in memory for a short while."""

from __future__ import annotations

import time
from dataclasses import field
from itertools import islice
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import MAX_NAME_CHARACTERS
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tollgate.catalog.catalog import Model, Provider
    from tollgate_proxy.ports import WholeCatalog

# How many models, and how many providers, are read ahead: a large catalog must not make a start long.
MAX_AHEAD = 100
_STAR = "*"


@dataclass(frozen=True, slots=True)
class CachedCatalog:
    """Serves what was read less than `seconds` ago from memory, by the time of day.

    That goes on while Lambda has stopped the process, which a monotonic one need not. A clock that is set
    back ends the time.

    What isn't there is never remembered: a model that was just added is found at once.
    """

    source: WholeCatalog
    seconds: float
    clock: Callable[[], float] = time.time
    _kept: dict[tuple[str, str], tuple[float, Any]] = field(default_factory=dict)

    def model(self, name: str) -> Model | None:
        """The model of that system name, or else the one that has the name for an alias, or else one of those
        that a wildcard stands for: of several that fit, the longest.
        """
        if name[-1:] == _STAR or len(name) > MAX_NAME_CHARACTERS:
            return None  # a star stands for models, and is none
        model: Model | None = self._fresh("model", name)
        return model or self._model(self._fresh("alias", name) or name)

    def provider(self, provider_id: str) -> Provider | None:
        provider: Provider | None = self._read("provider", provider_id, self.source.provider)
        return provider

    def models(self) -> Iterable[Model]:
        """All models; of wildcards those that they are known to stand for."""
        for model in self.source.models():
            if model.system_name[-1:] == _STAR:
                yield from self.source.all_of_wildcard(model)
            else:
                yield model

    def read_ahead(self) -> None:
        """Reads what the first calls may ask for; a later call of this reads it again."""
        now = self.clock()
        for model in islice(self.source.models(), MAX_AHEAD):
            self._keep(("model", model.system_name), now, model)
        for provider in islice(self.source.providers(), MAX_AHEAD):
            self._keep(("provider", provider.id), now, provider)

    def forget(self) -> None:
        self._kept.clear()

    def _model(self, name: str) -> Model | None:
        """By a name of which nothing is remembered, or the system name of an alias."""
        model: Model | None = self._read("model", name, self.source.model)
        if model is None and (own_name := self._read("alias", name, self.source.aliased)):
            model = self._read("model", own_name, self.source.model)
        return model or self._of_wildcard(name)

    def _of_wildcard(self, name: str) -> Model | None:
        names: list[str] = self._read("wildcards", "", lambda _: self.source.wildcards())
        if not names:
            return None
        from tollgate.catalog import wildcards  # noqa: PLC0415 - no start reads it, as few catalogs have any

        fitting = wildcards.fitting(name, names)
        wildcard: Model | None = None if fitting is None else self._read("model", fitting, self.source.model)
        if wildcard is None:
            return None
        if wildcard.prices:
            return wildcards.derived(wildcard, name, None, None)
        model = self.source.of_wildcard(wildcard, name)
        if model.prices:  # there are as many of these as list prices; other names are without end
            self._keep(("model", name), self.clock(), model)
        return model

    def _read(self, kind: str, name: str, read: Callable[[str], Any]) -> Any:
        kept = self._fresh(kind, name)
        if kept is None:
            now = self.clock()
            kept = read(name)
            self._keep((kind, name), now, kept)
        return kept

    def _fresh(self, kind: str, name: str) -> Any:
        """What was read a short while ago; None if nothing was."""
        read_at, kept = self._kept.get((kind, name), (0.0, None))
        return kept if kept is not None and 0 <= self.clock() - read_at < self.seconds else None

    def _keep(self, place: tuple[str, str], now: float, value: Any) -> None:
        if value is None:
            self._kept.pop(place, None)
        else:
            self._kept[place] = now, value
