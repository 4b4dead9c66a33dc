"""The OpenAPI document of self-service: every route is in it, and errors are described as they are sent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from infra.local.environment import ROOT
from tollgate import refusal_http
from tollgate.refusals import Reason, RefusedError, Shortage
from tollgate_admin.self_service import app as self_service
from tollgate_admin.self_service import client_document
from tollgate_admin.self_service.error_views import ErrorView

DOCUMENT = client_document.document(self_service.app.routes)
FIVE = Decimal(5)
SHORT = Shortage(
    "key_1", "total", FIVE, FIVE, used=FIVE, held=FIVE, cost=FIVE, resets_at=None, may_be_raised=True
)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def test_every_route_is_in_the_document_and_estimates_are_too():
    routes = {f"{each.method} {each.path}" for each in self_service.app.routes}
    assert OPERATIONS.keys() == routes | {"POST /estimate"}
    assert len({each["operationId"] for each in OPERATIONS.values()}) == len(OPERATIONS)


def test_every_route_of_it_stands_on_the_page_of_self_service():
    page = (ROOT / "docs/self-service.md").read_text()
    for name in OPERATIONS:
        path = re.sub(r"\{\w+\}", "{id}", name.split()[1])
        assert f"/v1{path}" in page or path.rpartition("/")[2] in page, name


def test_every_reference_leads_somewhere():
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT))):
        place = DOCUMENT
        for step in reference.split("/"):
            place = place[step]


@pytest.mark.parametrize(
    "shortage",
    [None, SHORT],
    ids=["a parameter", "a budget"],
)
def test_errors_are_described_as_they_are_sent(shortage):
    reason = Reason.INVALID_PARAMETER if shortage is None else Reason.BUDGET_EXHAUSTED
    sent = refusal_http.in_openais_shape(RefusedError(reason, "no", param="limit", shortage=shortage))
    described = ErrorView.model_validate(sent)
    assert described.model_dump(mode="json", by_alias=True, exclude_unset=True) == sent


def test_what_a_key_sees_of_itself_has_nothing_for_administrators_alone():
    shown = DOCUMENT["components"]["schemas"]["OwnKeyView"]["properties"]
    assert shown.keys().isdisjoint({"externalId", "priceFactor", "minimumFee", "modelPriceFactors"})


@pytest.mark.parametrize(
    ("arguments", "title"), [([], "admin"), (["admin"], "admin"), (["client"], "self-service")]
)
def test_it_can_be_printed(arguments, title):
    printed = subprocess.run(
        [sys.executable, "-m", "tollgate_admin", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}/shared:{ROOT}/functions/admin"},
    )
    assert json.loads(printed.stdout)["info"]["title"] == f"Tollgate {title} API"
