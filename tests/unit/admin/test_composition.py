"""What the admin function is put together of: what is dear is made for those alone who need it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.admin_client import CONTEXT
from tests.support.builders import NOW
from tollgate.admins import admins
from tollgate.admins.admins import Role
from tollgate_admin import handler
from tollgate_admin.composition import Composition
from tollgate_admin.web.access import Actor
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.problems import ProblemError

TOKEN = "the-admin-token"
NAMED, NAMED_TOKEN = admins.new("ci", Role.OWNER, None, NOW - timedelta(days=1))


@dataclass
class Parts:
    """Those of a composition, and which of them were made."""

    made: list[str] = field(default_factory=list)

    def services(self) -> Any:
        self.made.append("services")
        return SimpleNamespace(
            admins=SimpleNamespace(get={NAMED.id: NAMED}.get), catalog=SimpleNamespace(providers=list)
        )

    def stack_token(self) -> str:
        self.made.append("token")
        return TOKEN

    def sign_in(self) -> None:
        self.made.append("sign-in")

    def asked(self, path: str, token: str | None = None) -> int:
        event = {
            "httpMethod": "GET",
            "path": path if path.startswith("/v1") else f"/api/admin{path}",
            "headers": {} if token is None else {"Authorization": f"Bearer {token}"},
            "requestContext": {"requestId": "1"},
            "body": None,
        }
        composition = Composition(self.services, self.stack_token, id_tokens=self.sign_in)
        status: int = handler.answered(event, CONTEXT, composition)["statusCode"]
        return status


@pytest.mark.parametrize(
    ("path", "token", "status", "made"),
    [
        ("/docs", None, 200, []),
        ("/openapi.json", None, 200, []),
        ("/providers", None, 401, []),
        ("/providers", "a stranger's", 401, ["token"]),
        ("/providers", "eyJhbGciOiJSUzI1NiJ9.e30.eA", 401, ["sign-in"]),
        ("/nothing", TOKEN, 404, ["token"]),
        ("/admins/me", TOKEN, 200, ["token"]),
        ("/admins/me", "a named admin's", 200, ["services"]),
        ("/providers", TOKEN, 200, ["token", "services"]),
        ("/v1/usage", None, 401, []),
        ("/v1/usage", "a stranger's", 401, []),
    ],
)
def test_a_request_costs_no_more_than_it_needs(path, token, status, made):
    parts = Parts()
    # Made anew by each of pytest's processes, which must know a test by the same name.
    assert parts.asked(path, NAMED_TOKEN.reveal() if token == "a named admin's" else token) == status
    assert parts.made == made


@pytest.mark.parametrize(
    ("if_match", "named", "status"),
    [
        (None, None, None),
        ("*", None, None),
        ('"2"', None, None),
        ('"1", "2"', 2, None),
        ('"1"', None, 412),
        (None, 1, 412),
        ('W/"2"', None, 412),
        ("2", None, 400),
    ],
)
def test_a_change_may_meet_the_revisions_that_its_request_names(if_match, named, status):
    request = ChangeRequest(Actor("admin", "admin"), "6a1b", lambda: NOW, if_match)
    if status is None:
        request.require(2, named)
        return
    with pytest.raises(ProblemError) as refused:
        request.require(2, named)
    assert refused.value.status == status
