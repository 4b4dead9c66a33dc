"""What there is of a key is a setting, declared once, or state that follows from what happens to it."""

from __future__ import annotations

from dataclasses import fields, replace
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.attribute_values import plain
from tests.support.builders import NOW, scope
from tollgate.aws.dynamodb import item
from tollgate.keys.key_defaults import KeyDefaultOverrides, KeyDefaults
from tollgate.ledger.key_settings import BY_WIRE, SETTINGS, SHOWN, SHOWN_TO_HOLDERS, SetBy, Setting
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Scope
from tollgate.ledger.store.scope_items import to_item, to_scope
from tollgate_admin.keys import commands
from tollgate_admin.keys.schemas import BudgetEdit, KeyCreation, KeyEdit, KeySettings, KeyView
from tollgate_admin.self_service.schemas import ChildCreation, ChildEdit, OwnKeyView
from tollgate_admin.web.access import Actor
from tollgate_admin.web.change_requests import ChangeRequest

if TYPE_CHECKING:
    from tollgate_admin.web.wire_types import RequestModel

# What a key is known by, what requests count of it, and what each edit counts of itself.
STATE = {
    "key_id",
    "budget_used",
    "budget_available",
    "budget_reset",
    "holds",
    "rates",
    "closed",
    "packs",
    "packs_left",
    "packs_paid",
    "last_used_at",
    "created_at",
    "updated_at",
    "revision",
    "downgrading",
    "raises",
    "steps_taken",
    "changes_at",
}
STATE_OF_QUOTA = {
    "starts_at",
    "resets_at",
    "allowance",
    "used",
    "available",
    "reset",
    "included",
    "metered",
    "past",
    "raised",
}
AS_OLD_AS_KEYS = {"name", "secret_hash", "status", "enforcement", "quota"}
# Of the key above: its holder names it for a new key, and can't move one.
NAMED_BY_HOLDERS_AT_CREATION = {"parent_id"}


def names(*models: Any) -> set[str]:
    return {name for model in models for name in model.model_fields}


def wires(*kinds: SetBy) -> set[str]:
    return {setting.wire for setting in SETTINGS if setting.set_by in kinds}


def test_every_field_of_a_key_is_a_setting_or_is_state() -> None:
    settings = {setting.owner for setting in SETTINGS}
    assert settings.isdisjoint(STATE)
    assert settings | STATE == {field.name for field in fields(Scope)}


def test_every_field_of_a_quota_is_a_setting_or_is_state() -> None:
    parts = {setting.path.removeprefix("quota.") for setting in SETTINGS if setting.owner == "quota"}
    schedule = {"period", "zone", "start_day"}
    assert parts - schedule | {"schedule"} | STATE_OF_QUOTA == {field.name for field in fields(Quota)}
    assert schedule <= parts


@pytest.mark.parametrize("name", ["path", "attribute", "wire"])
def test_no_two_settings_share_a_name(name: str) -> None:
    found = [getattr(setting, name) for setting in SETTINGS]
    assert len(set(found)) == len(found)


def test_admins_can_set_what_is_theirs_and_what_is_holders() -> None:
    settable = wires(SetBy.ADMINS, SetBy.HOLDERS)
    assert names(KeyCreation) == settable
    assert names(KeyEdit, BudgetEdit) == settable


def test_holders_can_set_what_is_theirs_and_nothing_else() -> None:
    settable = wires(SetBy.HOLDERS)
    assert names(ChildCreation) == settable | NAMED_BY_HOLDERS_AT_CREATION
    assert names(ChildEdit, BudgetEdit) == settable


@pytest.mark.parametrize(
    "setting", [each for each in SETTINGS if each.set_by is SetBy.HOLDERS], ids=attrgetter("path")
)
def test_what_holders_can_set_says_how_it_is_bounded(setting: Setting) -> None:
    """Forgotten, it would let a key below have more than the one above."""
    with pytest.raises(ValueError, match="has no bound"):
        replace(setting, bound=None)


@pytest.mark.parametrize("model", [KeyCreation, KeyEdit, BudgetEdit, ChildCreation, ChildEdit])
def test_a_body_documents_what_new_keys_have(model: type[RequestModel]) -> None:
    """But for an edit's name, which is never empty, and for what begins with a quota."""
    new = created({"name": "a key"})
    recurring = created({"name": "a key", "quota_limit": "5"})
    for name, field in model.model_fields.items():
        if field.is_required() or name == "name":
            continue
        documented = field.get_default(call_default_factory=True)
        begins = name.startswith("quota_") and name != "quota_limit"
        assert BY_WIRE[name].of(recurring if begins else new) == documented, name


def created(body: dict[str, Any]) -> Scope:
    """What a deployment that changes no default makes of a body."""
    services: Any = SimpleNamespace(
        key_defaults=SimpleNamespace(read=lambda: KeyDefaultOverrides(KeyDefaults(), {}, 0)),
        hierarchy=SimpleNamespace(add=lambda *_: None),
    )
    admin = ChangeRequest(Actor("admin", "admin"), None, lambda: NOW)
    return commands.create(services, admin, KeyCreation.model_validate(body))[1]


def test_views_show_what_is_for_their_readers() -> None:
    shown = {setting.wire for setting in SHOWN}
    assert names(KeySettings) == shown
    assert names(KeyView) >= shown
    assert names(OwnKeyView) & shown == {setting.wire for setting in SHOWN_TO_HOLDERS}


@pytest.mark.parametrize(
    "setting",
    [setting for setting in SETTINGS if setting.owner not in AS_OLD_AS_KEYS],
    ids=lambda setting: setting.path,
)
def test_a_key_that_is_older_than_a_setting_can_be_read(setting: Setting) -> None:
    """It has what a new scope has, or what such keys had when the setting came."""
    new = scope(budget_limit=None)
    written = item(to_item(new))
    written.pop(setting.attribute, None)
    expected = setting.of(new) if setting.older is None else setting.older
    assert setting.of(to_scope(plain(written))) == expected
