"""Every setting of a key can be given, shown, edited, cleared, stored and found in the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic.alias_generators import to_camel

from tests.support.key_client import KeyClient
from tests.support.key_setting_samples import A_KEY, BEYOND, OPERATIONS, SAMPLES, sample
from tollgate.aws import dynamodb
from tollgate.ledger.key_settings import SETTINGS, Bound, SetBy, Setting
from tollgate_admin.documents import admin_document
from tollgate_admin.handler import app

if TYPE_CHECKING:
    from tests.support.admin_client import Admin

DOCUMENT = admin_document.document(app.routes)["components"]["schemas"]
OF_BODIES = [setting for setting in SETTINGS if setting.set_by is not SetBy.NOBODY]
OF_HOLDERS = [setting for setting in SETTINGS if setting.set_by is SetBy.HOLDERS]
OF_ADMINS = [setting for setting in SETTINGS if setting.set_by is SetBy.ADMINS]
OF_OPERATIONS = [setting for setting in SETTINGS if setting.set_by is SetBy.NOBODY]
BOUNDED = [setting for setting in SETTINGS if setting.bound not in {None, Bound.FREE}]


def each(settings: list[Setting]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("setting", settings, ids=lambda setting: setting.path)


@pytest.fixture
def admin(shared_admin: Admin) -> Admin:
    return shared_admin


def field_of(setting: Setting) -> str:
    """Its name in JSON."""
    return to_camel(setting.wire)


def stored(admin: Admin, key_id: str, setting: Setting) -> Any:
    """Its attribute in the keys table; None if there is none."""
    keys = admin.services.keys
    item = dynamodb.get(keys.client, keys.table, key_id=key_id)
    assert item
    return item.get(setting.attribute)


def value_of(admin: Admin, key_id: str, setting: Setting) -> Any:
    scope = admin.services.keys.get(key_id)
    assert scope
    return setting.of(scope)


def last_change(admin: Admin, key_id: str) -> dict[str, Any]:
    latest: dict[str, Any] = admin("GET", "/audit", entity=key_id).json["data"][0]
    return latest


@each(OF_BODIES)
def test_a_setting_is_given_shown_cleared_edited_and_audited(admin: Admin, setting: Setting) -> None:
    with_sample = sample(SAMPLES, setting)
    field, method, route = field_of(setting), *with_sample.edit
    value = admin.key()["id"] if with_sample.value == A_KEY else with_sample.value
    unset = admin.key(**with_sample.beside)
    made = admin("POST", "/apiKey", {"name": "a key", **with_sample.beside, field: value}).json
    key_id = made["id"]

    def require_set(answer: dict[str, Any]) -> None:
        assert answer[field] == admin("GET", f"/apiKey/{key_id}").json[field] == value != unset[field]
        assert stored(admin, key_id, setting) not in (None, stored(admin, unset["id"], setting))
        assert value_of(admin, key_id, setting) != value_of(admin, unset["id"], setting)
        assert last_change(admin, key_id)["after"][field] == value

    require_set(made)

    cleared = admin(method, f"/apiKey/{key_id}{route}", {field: with_sample.cleared}).json

    assert cleared[field] == admin("GET", f"/apiKey/{key_id}").json[field] == unset[field]
    assert stored(admin, key_id, setting) == stored(admin, unset["id"], setting)
    assert value_of(admin, key_id, setting) == value_of(admin, unset["id"], setting)
    assert cleared["revision"] == made["revision"] + 1
    change = last_change(admin, key_id)
    assert (change["before"][field], change["after"][field]) == (value, with_sample.cleared)
    assert setting.measured_as is None or change["actions"][0].startswith(f"{setting.measured_as}.")

    edited = admin(method, f"/apiKey/{key_id}{route}", {field: value}).json

    require_set(edited)
    assert edited["revision"] == cleared["revision"] + 1


@each(OF_OPERATIONS)
def test_a_setting_that_no_body_names_follows_from_an_operation(admin: Admin, setting: Setting) -> None:
    operation = sample(OPERATIONS, setting)
    holder = KeyClient(admin, admin.managing_key()["key"])
    key_id = holder.child()["id"]
    admin("PATCH", f"/apiKey/{key_id}", {"name": "vouched for"})
    shown = None if setting.hidden else field_of(setting)
    before, was_stored = value_of(admin, key_id, setting), stored(admin, key_id, setting)

    assert operation.done(admin, holder, key_id).status == 200

    assert value_of(admin, key_id, setting) != before
    assert stored(admin, key_id, setting) not in (None, was_stored)
    change = last_change(admin, key_id)
    assert change["actions"] == [operation.action]
    assert shown is None or change["after"][shown] == admin("GET", f"/apiKey/{key_id}").json[shown]
    if operation.undone:
        assert operation.undone(admin, holder, key_id).status == 200
        assert value_of(admin, key_id, setting) == before
        assert stored(admin, key_id, setting) == was_stored


@each(OF_BODIES)
def test_a_setting_is_in_the_document_of_the_admin_api(setting: Setting) -> None:
    edit = "BudgetEdit" if sample(SAMPLES, setting).edit[1] else "KeyEdit"
    for model in ("KeyCreation", edit, "KeyView"):
        assert field_of(setting) in DOCUMENT[model]["properties"]


@each(OF_HOLDERS)
def test_what_holders_may_set_they_can_give_and_see_and_take_back(admin: Admin, setting: Setting) -> None:
    with_sample = sample(SAMPLES, setting)
    field, method, route = field_of(setting), *with_sample.edit
    holder = KeyClient(admin, admin.managing_key(ownerEmail="lead@example.com", priority="critical")["key"])
    unset = holder.child(name="a key", **with_sample.beside)

    made = holder.child(**{"name": "a key", **with_sample.beside, field: with_sample.value})
    cleared = holder(method, f"/keys/{made['id']}{route}", {field: with_sample.cleared}).json
    edited = holder(method, f"/keys/{made['id']}{route}", {field: with_sample.value}).json

    assert made[field] == edited[field] == with_sample.value
    assert cleared[field] == unset[field]


@each(BOUNDED)
def test_a_child_has_no_more_of_a_bounded_setting_than_its_parent(admin: Admin, setting: Setting) -> None:
    """What the hierarchy doesn't bound, admins may give to whom they like."""
    bounds, field = sample(BEYOND, setting), field_of(setting)
    parent = admin.managing_key(**{field: bounds.has})
    holder = KeyClient(admin, parent["key"])

    by_admin = admin("POST", "/apiKey", {"name": "x", "parentId": parent["id"], field: bounds.more})
    by_holder = holder("POST", "/keys", {"name": "x", field: bounds.more})

    assert by_admin.status == (422 if setting.bound is Bound.FAMILY else 201)
    assert by_holder.json["error"]["param"] == field
    if setting.bound is Bound.AMONG:
        unnamed = holder.child()["id"]
        assert value_of(admin, unnamed, setting) == value_of(admin, parent["id"], setting)


@each(OF_ADMINS)
def test_what_only_admins_may_set_is_refused_to_holders(admin: Admin, setting: Setting) -> None:
    holder = KeyClient(admin, admin.managing_key()["key"])
    child, field = holder.child(), field_of(setting)
    refused = holder("PATCH", f"/keys/{child['id']}", {field: sample(SAMPLES, setting).value})
    assert refused.json["error"]["param"] == field
