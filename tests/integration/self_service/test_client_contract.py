"""Self-service answers as its document says, whatever it is asked."""

from __future__ import annotations

import os

import pytest

from tests.support.admin_wsgi import application
from tests.support.api_contract import Contract
from tests.support.key_client import KeyClient
from tollgate_admin.self_service import app as self_service
from tollgate_admin.self_service import client_document

# CONTRACT_EXAMPLES=200 asks more than a test run has the time for.
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "2"))
DOCUMENT = client_document.document(self_service.app.routes)
ROUTES = [f"{route.method} {route.path}" for route in self_service.app.routes]


def in_order() -> list[str]:
    """All routes, those last after which a thing takes no more calls."""
    return sorted(ROUTES, key=lambda name: (name.startswith("DELETE"), name.endswith("/revoke"), name))


@pytest.mark.timeout(600)
def test_every_route_answers_as_the_document_says_whatever_it_is_asked(admin):
    holder = KeyClient(admin, admin.managing_key(budgetLimit="50", ownerEmail="lead@example.com")["key"])
    child = holder.child(budgetLimit="5")
    asked = holder.with_key(child["key"])(
        "POST", "/budget-requests", {"window": "total", "limit": "7", "reason": "a release"}
    )
    ids = {"key_id": child["id"], "request_id": asked.json["id"]}
    contract = Contract(DOCUMENT, "/v1", ids, application(admin))
    headers = {"authorization": f"Bearer {holder.key}"}

    for name in in_order():
        statuses = contract.ask(name, lambda case: case.call(headers=headers), EXAMPLES)
        assert statuses, name
