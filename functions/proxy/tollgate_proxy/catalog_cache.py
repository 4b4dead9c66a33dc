"""The catalog's items, kept in memory for a short while."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tollgate.catalog.catalog import Model, Provider
    from tollgate_proxy.ports import Catalog


@dataclass(frozen=True, slots=True)
class CachedCatalog:
    """Serves what was read less than `seconds` ago from memory.

    What isn't there is never remembered: a model that was just added is found at once.
    """

    source: Catalog
    seconds: float
    monotonic: Callable[[], float] = time.monotonic
    _kept: dict[tuple[str, str], tuple[float, Any]] = field(default_factory=dict)

    def model(self, system_name: str) -> Model | None:
        model: Model | None = self._read("model", system_name, self.source.model)
        return model

    def provider(self, provider_id: str) -> Provider | None:
        provider: Provider | None = self._read("provider", provider_id, self.source.provider)
        return provider

    def models(self) -> Iterable[Model]:
        return self.source.models()

    def _read(self, kind: str, name: str, read: Callable[[str], Any]) -> Any:
        now = self.monotonic()
        read_at, kept = self._kept.get((kind, name), (0.0, None))
        if kept is None or now - read_at >= self.seconds:
            kept = read(name)
            self._keep((kind, name), now, kept)
        return kept

    def _keep(self, place: tuple[str, str], now: float, value: Any) -> None:
        if value is None:
            self._kept.pop(place, None)
        else:
            self._kept[place] = now, value
