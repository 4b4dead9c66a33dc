"""Every write of the admin API is in the audit once: asked of every route that there is."""

from __future__ import annotations

import pytest

from tests.support import admin_routes
from tollgate.admins.admins import Role
from tollgate.aws.dynamodb import pages
from tollgate.clock import from_rfc3339, utc_now

ROLES = (Role.OWNER, Role.VIEWER)


def entries(dynamodb, tables) -> list[dict]:
    return list(pages(dynamodb.scan, TableName=tables["AuditTable"]))


def test_every_route_that_writes_has_a_sample_here_and_no_other():
    """Whoever adds a route says how it is called; then the test below asks it for its entry."""
    assert admin_routes.SAMPLES.keys() == set(admin_routes.writes())
    assert set(admin_routes.names()) >= admin_routes.CHANGES_NOTHING


@pytest.mark.parametrize("name", admin_routes.writes())
def test_a_write_leaves_one_entry_with_who_when_what_and_in_which_request_and_none_if_refused(
    admin, dynamodb, tables, name
):
    owner, viewer = (admin("POST", "/admins", {"name": "Ada", "role": role}).json for role in ROLES)
    call = admin_routes.SAMPLES[name](admin)
    known = {entry["id"] for entry in entries(dynamodb, tables)}
    method = name.split(maxsplit=1)[0]
    assert admin(method, call.path, call.body, token=viewer["token"]).status == 403
    begun = utc_now()

    answer = admin(method, call.path, call.body, token=owner["token"])

    assert answer.status in {200, 201, 204}, answer.text
    (entry,) = [each for each in entries(dynamodb, tables) if each["id"] not in known]
    entity = call.entity or answer.json["id"]
    assert (entry["entity"], entry["actor"], entry["actor_name"]) == (entity, owner["id"], "Ada")
    assert entry["request_id"] == "1"
    assert begun <= from_rfc3339(entry["changed_at"]) <= utc_now()
    assert entry["before"] != entry["after"]
    assert (entry["before"] == {}) is (call.entity is None or call.adds)
    (shown, *_) = admin("GET", "/audit", entity=entity).json["data"]
    assert (shown["id"], shown["actor"], shown["actorName"]) == (entry["id"], owner["id"], "Ada")
