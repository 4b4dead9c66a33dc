"""Models whose name ends in a star: each stands for a provider's models that the shipped catalog prices."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.catalog import catalog
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tollgate.catalog.catalog import Model, ModelType, Provider
    from tollgate.pricing.price_versions import PriceVersion

STAR = "*"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]*")


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """What a vendor's list price of a model is, by the vendor's name for it; limits are in tokens."""

    name: str
    vendor: Vendor
    type: ModelType
    prices: tuple[PriceVersion, ...]
    context_limit: int | None = None
    output_limit: int | None = None


def is_wildcard(name: str) -> bool:
    return name.endswith(STAR)


def fitting(name: str, wildcards: Iterable[str]) -> str | None:
    """Which of the wildcards a name is one of, of several the longest; None if it is of none.

    So is a name that no model could have: it would be in answers' headers, in logs and in records.
    """
    if _NAME.fullmatch(name) is None:
        return None
    return max(
        (each for each in wildcards if name.startswith(each[:-1]) and len(name) >= len(each)),
        key=len,
        default=None,
    )


def remote_id_of(wildcard: Model, name: str) -> str:
    """What the first target calls the model that clients call by that name."""
    return _replaced(wildcard.remote_id, wildcard, name)


def derived(wildcard: Model, name: str, listed: ListedPrice | None, provider: Provider | None) -> Model:
    """The model of a name that a wildcard fits, as the provider serves it.

    It has the wildcard's own prices, or else the list prices of the provider's vendor. Without either it has
    none, and none is served for nothing, whatever the wildcard says.
    """
    applies = listed is not None and _applies(listed, wildcard, provider)
    known = listed if applies else None
    return replace(
        wildcard,
        id=catalog.model_id(name),
        system_name=name,
        remote_id=remote_id_of(wildcard, name),
        prices=wildcard.prices or (known.prices if known else ()),
        allow_unpriced=False,
        context_limit=wildcard.context_limit or (known.context_limit if known else None),
        output_limit=wildcard.output_limit or (known.output_limit if known else None),
        alternatives=tuple(
            replace(each, remote_id=_replaced(each.remote_id, wildcard, name))
            for each in wildcard.alternatives
        ),
    )


def known_models(
    wildcard: Model, listed: Iterable[ListedPrice], provider: Provider | None
) -> Iterator[Model]:
    """The models that a wildcard is known to stand for: those of its provider's vendor, by its prefix."""
    prefix = wildcard.remote_id[:-1]
    for each in listed:
        is_vendors = provider is not None and provider.vendor is each.vendor
        if is_vendors and _applies(each, wildcard, provider) and each.name.startswith(prefix):
            name = wildcard.system_name[:-1] + each.name.removeprefix(prefix)
            yield derived(wildcard, name, each, provider)


def _applies(listed: ListedPrice, wildcard: Model, provider: Provider | None) -> bool:
    """Another vendor bills a model of that name as it likes, and an unknown one as its administrator says."""
    vendors = (listed.vendor, Vendor.OTHER)
    return listed.type is wildcard.type and provider is not None and provider.vendor in vendors


def _replaced(remote_id: str, wildcard: Model, name: str) -> str:
    return remote_id[:-1] + name[len(wildcard.system_name) - 1 :]
