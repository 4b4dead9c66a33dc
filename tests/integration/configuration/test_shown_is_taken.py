"""What is shown is taken: whoever sends back what they see, or sends the same twice, changes nothing.

A configuration that is kept in files stands on it. More examples: CONFIGURATION_EXAMPLES=300.
"""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.support import drawn_bodies, shown_edits
from tests.support.shown_edits import fields_of
from tollgate_admin.catalog.model_schemas import ModelCreation, ModelEdit, ModelView
from tollgate_admin.catalog.provider_schemas import ProviderCreation, ProviderEdit, ProviderView
from tollgate_admin.keys.schemas import BudgetEdit, KeyCreation, KeyEdit, KeyView

if TYPE_CHECKING:
    from tests.support.admin_client import Admin

EXAMPLES = int(os.environ.get("CONFIGURATION_EXAMPLES", "8"))
drawn = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
pytestmark = pytest.mark.timeout(600)
NUMBERS = count()
IDS = ["prv_a", "prv_b"]


def require_no_change(admin: Admin, shown_at: str, edits: list[tuple[str, str, Any]]) -> None:
    """Each edit is made of the revision that is there, and leaves everything as it is."""
    entity = shown_at.rpartition("/")[2] if shown_at.count("/") > 1 else shown_at.split("/")[1]
    seen = admin("GET", shown_at)
    audited = admin("GET", "/audit", entity=entity).json
    for method, path, body in edits:
        answer = admin(method, path, body, headers={"if-match": seen.headers["etag"]})
        assert answer.status == 200, (answer.text, body)
        assert (answer.headers["etag"], answer.json) == (seen.headers["etag"], seen.json), body
        assert admin("GET", shown_at).json == seen.json
    assert admin("GET", "/audit", entity=entity).json == audited


def done(admin: Admin, method: str, path: str, body: Any) -> dict[str, Any]:
    answer = admin(method, path, body)
    assert answer.status in {200, 201}, (answer.text, body)
    shown: dict[str, Any] = answer.json
    return shown


@drawn
@given(first=drawn_bodies.keys(), then=drawn_bodies.keys())
def test_a_key_is_shown_as_it_is_taken(shared_admin, first, then):
    admin = shared_admin
    created = {**first, "externalId": f"key {next(NUMBERS)}"}
    view = done(admin, "POST", "/apiKey", created)
    path = f"/apiKey/{view['id']}"

    require_no_change(
        admin,
        path,
        [("PATCH", path, shown_edits.key(view)), ("PUT", f"{path}/budget", shown_edits.budget(view))],
    )
    again = admin("POST", "/apiKey", created)
    assert (again.status, again.json["id"], again.json["revision"]) == (200, view["id"], view["revision"])

    limit = {"budgetLimit": then.pop("budgetLimit", None)}
    # A quota that is to go needs its limit named.
    then.setdefault("quotaLimit", None)
    edits = [("PATCH", path, then), ("PUT", f"{path}/budget", limit)]
    for edit in edits:
        done(admin, *edit)
    view = admin("GET", path).json
    sent_back = [("PATCH", path, shown_edits.key(view)), ("PUT", f"{path}/budget", shown_edits.budget(view))]
    # Whoever names a key vouches for its name, which they have done by now.
    require_no_change(admin, path, [*edits, *sent_back])


@drawn
@given(first=drawn_bodies.models(IDS), then=drawn_bodies.models(IDS))
def test_a_model_is_shown_as_it_is_taken_and_its_prices_make_no_version(shared_admin, first, then):
    admin, number = shared_admin, next(NUMBERS)
    ids = {each: admin.provider(name=f"{each.removeprefix('prv_')}{number}")["id"] for each in IDS}
    first, then = of_providers(first, ids), of_providers(then, ids)
    view = done(admin, "POST", "/models", {"systemName": f"model-{number}", "modelType": "chat", **first})
    path = f"/models/{view['id']}"
    versions = admin("GET", f"{path}/prices").json

    require_no_change(admin, path, [("PATCH", path, first), ("PATCH", path, shown_edits.model(view))])
    assert admin("GET", f"{path}/prices").json == versions

    view = done(admin, "PATCH", path, then)
    versions = admin("GET", f"{path}/prices").json
    require_no_change(admin, path, [("PATCH", path, then), ("PATCH", path, shown_edits.model(view))])
    assert admin("GET", f"{path}/prices").json == versions


def of_providers(body: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    alternatives = [{**each, "providerId": ids[each["providerId"]]} for each in body["alternatives"]]
    return {**body, "providerId": ids[body["providerId"]], "alternatives": alternatives}


@drawn
@given(first=drawn_bodies.providers(), then=drawn_bodies.providers())
def test_a_provider_is_shown_as_it_is_taken_and_its_key_makes_no_version(shared_admin, first, then):
    admin = shared_admin
    view = done(admin, "POST", "/providers", {"name": f"provider {next(NUMBERS)}", "type": "openai", **first})
    path = f"/providers/{view['id']}"

    require_no_change(admin, path, [("PATCH", path, first), ("PATCH", path, shown_edits.provider(view))])

    view = done(admin, "PATCH", path, then)
    stored = list(admin.services.credentials.stored[view["id"]])
    require_no_change(admin, path, [("PATCH", path, then), ("PATCH", path, shown_edits.provider(view))])
    assert admin.services.credentials.stored[view["id"]] == stored


@drawn
@given(body=drawn_bodies.settings())
def test_the_settings_are_shown_as_they_are_taken(shared_admin, body):
    view = done(shared_admin, "PATCH", "/settings", body)
    edits = [("PATCH", "/settings", body), ("PATCH", "/settings", shown_edits.settings(view))]
    require_no_change(shared_admin, "/settings", edits)


@drawn
@given(body=drawn_bodies.alert_defaults)
def test_the_alerts_defaults_are_shown_as_they_are_taken(shared_admin, body):
    view = done(shared_admin, "PUT", "/alerts/defaults", body)
    edits = [("PUT", "/alerts/defaults", body), ("PUT", "/alerts/defaults", shown_edits.alert_defaults(view))]
    require_no_change(shared_admin, "/alerts/defaults", edits)


# What an edit can't change, and what can't be read.
FIXED: list[tuple[Any, tuple[Any, ...], Any, set[str], set[str]]] = [
    (KeyCreation, (KeyEdit, BudgetEdit), KeyView, set(), set()),
    (ModelCreation, (ModelEdit,), ModelView, {"systemName", "modelType"}, set()),
    (ProviderCreation, (ProviderEdit,), ProviderView, {"name", "type"}, {"apiKey"}),
]


@pytest.mark.parametrize(("creation", "edits", "view", "fixed", "unread"), FIXED)
def test_what_can_be_created_can_be_edited_and_read(creation, edits, view, fixed, unread):
    editable = set().union(*map(fields_of, edits))
    assert fields_of(creation) - editable == fixed
    assert editable <= fields_of(creation)
    assert fields_of(creation) - fields_of(view) == unread
