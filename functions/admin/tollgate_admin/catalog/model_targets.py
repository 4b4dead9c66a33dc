"""Further providers that serve a model: what bodies make of them, and what holds for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog.catalog import Target
from tollgate_admin.catalog import price_edits
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from tollgate.catalog.catalog import Model, Provider
    from tollgate.catalog.store.audited_catalog import AuditedCatalog
    from tollgate_admin.catalog.model_schemas import AlternativeBody


def listed(
    model: Model, bodies: Sequence[AlternativeBody], revision: int, now: datetime
) -> tuple[Target, ...]:
    """The alternatives that take the place of the model's, in a model that is stored under `revision`.

    One that stays, under the same remote id at the same provider, keeps its price versions.
    """
    kept = {(target.provider_id, target.remote_id): target.prices for target in model.alternatives}
    targets = []
    for place, body in enumerate(bodies):
        remote_id = body.remote_id or model.system_name
        before = kept.get((body.provider_id, remote_id), ())
        within = f"alternatives.{place}."
        version_id = price_edits.id_of_alternative(model.id, body.provider_id, revision, place + 1)
        versions = price_edits.with_price(before, body, now, version_id, within)
        # Until a first version took effect, the alternative would have no price, not even the model's.
        if versions and not before and versions[0].effective_at > now:
            raise problems.invalid(
                f"{within}effectiveAt", "must not be in the future for the first prices of an alternative"
            )
        targets.append(Target(body.provider_id, remote_id, body.weight, body.priority, versions))
    return tuple(targets)


def require_sound(stored: AuditedCatalog, model: Model, sent: AbstractSet[str]) -> None:
    """Raises `ProblemError` unless each target is another one, and all of them speak the same API.

    `sent` are the fields of the request, to name one that is to blame.
    """
    main = _provider(stored, model.provider_id, "providerId")
    known = {(model.provider_id, model.remote_id)}
    for place, target in enumerate(model.alternatives):
        within = f"alternatives.{place}." if "alternatives" in sent else ""
        if _provider(stored, target.provider_id, f"{within}providerId").type is not main.type:
            message = "must name a provider of the same type as the model's own"
            raise problems.invalid(f"{within}providerId", message)
        if (target.provider_id, target.remote_id) in known:
            name = "remoteId" if within or "remote_id" in sent else "providerId"
            raise problems.invalid(f"{within}{name}", "repeats the provider and remoteId of another target")
        known.add((target.provider_id, target.remote_id))


def _provider(stored: AuditedCatalog, provider_id: str, field: str) -> Provider:
    provider = stored.provider(provider_id)
    if provider is None:
        raise problems.invalid(field, "names a provider that does not exist")
    return provider
