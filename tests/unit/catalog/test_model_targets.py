"""Which price versions a model's alternatives have after an edit."""

from __future__ import annotations

from datetime import timedelta

from tests.support.builders import NOW, model, price_version
from tollgate.catalog.catalog import Target
from tollgate.pricing.usage import TokenClass
from tollgate_admin.catalog import model_targets
from tollgate_admin.catalog.model_schemas import AlternativeBody


def test_an_alternative_stays_though_the_clock_that_dated_its_price_was_ahead():
    ahead = price_version({TokenClass.INPUT: "1"}, effective_at=NOW + timedelta(milliseconds=5))
    served = model(alternatives=(Target("prv_b", "small", prices=(ahead,)),))

    (target,) = model_targets.listed(served, [AlternativeBody(provider_id="prv_b", weight=2)], 2, NOW)

    assert (target.weight, target.prices) == (2, (ahead,))
