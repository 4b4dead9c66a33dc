"""From where the admin API may be reached, as its stage says, whatever way a request has come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.admin_client import CONTEXT
from tollgate_admin import handler, streaming
from tollgate_admin.composition import Composition
from tollgate_admin.web import sources

TOKEN = "the-admin-token"
OFFICE = "192.0.2.0/24,2001:db8::/32"


def never() -> Any:
    raise AssertionError("nothing is looked up for whoever can't reach it")


REFUSING = Composition(services=never, stack_token=never)
TAKING = Composition(services=never, stack_token=lambda: TOKEN)


def event(variables, address="198.51.100.7", path="/api/admin/admins/me", token=TOKEN):
    return {
        "httpMethod": "GET",
        "resource": "/api/admin/{proxy+}",
        "path": path,
        "pathParameters": {"proxy": path.removeprefix("/api/admin/")},
        "headers": {"Authorization": f"Bearer {token}"},
        "stageVariables": variables,
        "requestContext": {"requestId": "1", "identity": {"sourceIp": address}},
        "body": None,
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("allowed", "address", "may"),
    [
        (OFFICE, "192.0.2.7", True),
        (OFFICE, "2001:db8::7", True),
        (OFFICE, "192.0.3.7", False),
        (OFFICE, "2001:db9::7", False),
        ("192.0.2.9/24", "192.0.2.7", True),  # as API Gateway's policies take it
        ("none", "192.0.2.7", False),
    ],
)
def test_a_range_of_addresses_admits_those_in_it(allowed, address, may):
    assert sources.admits(allowed, address) is may


@pytest.mark.parametrize("variables", [{"AdminSources": "none"}, {"AdminSources": OFFICE}])
@pytest.mark.parametrize("path", ["/api/admin/admins/me", "/api/%61dmin/openapi.json", "/api/admin/docs"])
def test_the_right_token_from_elsewhere_opens_nothing_however_the_path_is_written(variables, path):
    answer = handler.answered(event(variables, path=path), CONTEXT, REFUSING)
    assert answer["statusCode"] == 403
    assert json.loads(answer["body"])["detail"] == (
        "The admin API can't be reached from where the request comes from."
    )


def test_nor_do_exports_which_are_streamed():
    asked = event({"AdminSources": "none"}, path="/api/admin/requests/export")
    assert streaming.streamed(asked, CONTEXT, REFUSING).status == 403


@pytest.mark.parametrize(
    ("variables", "address"),
    [(None, "198.51.100.7"), ({}, "198.51.100.7"), ({"AdminSources": OFFICE}, "192.0.2.7")],
)
def test_from_where_it_may_be_reached_it_is_as_ever(variables, address):
    assert handler.answered(event(variables, address), CONTEXT, TAKING)["statusCode"] == 200
    refused = handler.answered(event(variables, address, token="another"), CONTEXT, TAKING)
    assert refused["statusCode"] == 401
