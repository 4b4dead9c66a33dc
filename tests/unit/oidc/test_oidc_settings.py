from __future__ import annotations

import json
from typing import Any

import pytest

from tollgate.admins.admins import Role
from tollgate_admin.oidc import oidc_settings

TOLD = {
    "issuer": "https://id.example.com",
    "clientId": "console",
    "roleClaim": "cognito:groups",
    "owners": "platform, platform leads",
    "operators": "ops",
    "viewers": ",everyone,",
}


def test_without_an_issuer_nobody_signs_in_by_one():
    assert oidc_settings.parsed(json.dumps({**TOLD, "issuer": ""})) is None


@pytest.mark.parametrize(
    ("claim", "role"),
    [
        (["everyone"], Role.VIEWER),
        (["ops", "everyone"], Role.OPERATOR),
        (["everyone", "ops", "platform"], Role.OWNER),
        ("ops", Role.OPERATOR),
        ("everyone ops", None),
        ("external platform", None),
        (" ops", None),
        (["everyone"] * 10_000 + [[{}], 5, None, "ops"], Role.OPERATOR),
        ("platform leads", Role.OWNER),
        (["platform leads"], Role.OWNER),
        (["leads"], None),
        (["ops everyone"], None),
        (["OPS"], None),
        ([""], None),
        ("", None),
        ([["ops"]], None),
        ({"ops": 1}, None),
        (None, None),
        (7, None),
    ],
)
def test_the_highest_role_that_a_claim_gives_counts(claim: Any, role: Role | None):
    settings = oidc_settings.parsed(json.dumps(TOLD))
    assert settings.role_of({"cognito:groups": claim}) is role
    assert settings.role_of({"groups": claim}) is None
