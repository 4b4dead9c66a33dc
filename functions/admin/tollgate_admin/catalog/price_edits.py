"""Price versions that bodies ask for, and the ids that records name them by."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.pricing.price_versions import UNPRICED, PriceVersion, in_force, inexact_multipliers
from tollgate_admin.catalog.price_schemas import price_changes
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate_admin.catalog.price_schemas import PriceBody


def id_of_model(model_id: str, revision: int) -> str:
    """The id of a model's own version: `mdl_…:2` came with the model's second revision.

    No id comes back, even if a model is deleted and created again.
    """
    return f"{model_id}:{revision}"


def id_of_alternative(model_id: str, provider_id: str, revision: int, place: int) -> str:
    """The id of an alternative's version: `mdl_…/prv_…:7.1`.

    `revision` is the model's with which it came, and `place` the alternative's in the list then. An edit's
    revision is its alone, so no id comes back, even if an alternative is taken away and added again.
    """
    return f"{model_id}/{provider_id}:{revision}.{place}"


def is_models_own(version_id: str) -> bool:
    """Whether it is the id of a model's own version, not of an alternative's."""
    return "/" not in version_id


def model_id_of(version_id: str) -> str:
    return re.split("[:/]", version_id, maxsplit=1)[0]


def with_price(
    versions: tuple[PriceVersion, ...],
    body: PriceBody,
    now: datetime,
    version_id: str,
    within: str = "",
) -> tuple[PriceVersion, ...]:
    """The versions with a new one that changes what the body names, unless nothing changes.

    It changes the version in effect when it is to take effect. Figures that are edited are no longer
    those of a catalog, unless the edit names its source. `within` is where in the request the body is.

    A moment that is past may be named of what has been in effect from then until now, as by whoever sends the
    same again that once was to come.
    """
    changes = price_changes(body)
    if not changes:
        return versions
    effective_at = body.effective_at or now
    before = in_force(versions, effective_at) or UNPRICED
    rates = {**before.rates, **changes.pop("rates", {})}
    changed = replace(
        before,
        **{"source": None, "sourced_at": None, **changes},
        rates={token_class: rate for token_class, rate in rates.items() if rate is not None},
    )
    is_past = effective_at < now
    is_unchanged = changed in (before, replace(before, source=None, sourced_at=None))
    if is_unchanged and not (is_past and before is not (in_force(versions, now) or UNPRICED)):
        return versions
    if is_past:
        raise problems.invalid(
            f"{within}effectiveAt", "must not be in the past, because past charges don't change"
        )
    if names := inexact_multipliers(changed):
        message = f"{' and '.join(names)} multiply to too many digits: at most 4 decimals, below 100"
        raise problems.invalid(f"{within}serviceTiers", message)
    return (*versions, replace(changed, id=version_id, effective_at=effective_at))
