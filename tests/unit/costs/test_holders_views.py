"""What providers charge is the operator's secret: what holders are answered with has no place for it."""

from __future__ import annotations

import json

import pytest

from tollgate_admin.costs.schemas import TallyView
from tollgate_admin.self_service.schemas import IssuedOwnKeyView
from tollgate_admin.self_service.usage_schemas import UsageView

SECRETS = ("providerCost", "margin", "priceFactor", "modelPriceFactors", "scheduledPriceFactors")


@pytest.mark.parametrize("view", [UsageView, IssuedOwnKeyView])
def test_holders_views_have_no_field_for_a_secret(view):
    described = json.dumps(view.model_json_schema(by_alias=True))
    assert not [name for name in SECRETS if f'"{name}"' in described]


def test_operators_views_have():
    assert '"providerCost"' in json.dumps(TallyView.model_json_schema(by_alias=True))
