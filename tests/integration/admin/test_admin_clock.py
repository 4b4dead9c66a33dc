"""Whatever a request writes and shows, it does by the clock that the admin function is put together with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.builders import NOW
from tollgate.clock import rfc3339
from tollgate_admin import composition


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock(admin) -> Clock:
    made = Clock()
    installed = admin.services
    admin.services = composition.build_services(
        installed.keys.client, installed.settings, installed.connect_credentials, made
    )
    return made


def test_a_move_is_made_at_the_moment_that_the_audit_says(admin, clock):
    parent, child = admin.key()["id"], admin.key()["id"]
    clock.now += timedelta(days=1)

    moved = admin("PATCH", f"/apiKey/{child}", {"parentId": parent}).json

    stored = admin.services.keys.get(child)
    (change, creation) = admin("GET", "/audit", entity=child).json["data"]
    assert stored.moved_at == stored.updated_at == clock.now
    assert moved["updatedAt"] == change["at"] == rfc3339(clock.now)
    assert moved["createdAt"] == creation["at"] == rfc3339(NOW)


def test_what_is_shown_of_a_key_a_model_and_an_admin_is_of_the_same_time(admin, clock):
    later = rfc3339(NOW + timedelta(days=2))
    key = admin.key(expiresAt=later)["id"]
    named = admin("POST", "/admins", {"name": "ci", "role": "viewer", "expiresAt": later}).json["id"]

    def statuses() -> set[str]:
        routes = (f"/apiKey/{key}", f"/admins/{named}")
        listed = (admin("GET", route).json["data"] for route in ("/apiKey", "/admins"))
        alone = (admin("GET", route).json["status"] for route in routes)
        return {*alone, *(each["status"] for page in listed for each in page)}

    assert statuses() == {"active"}
    clock.now += timedelta(days=3)
    assert statuses() == {"expired"}
