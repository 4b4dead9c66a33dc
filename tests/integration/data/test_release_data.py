"""Data that release 0.1.0 has stored, as its own code wrote them (tests/releases), under today's code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.attribute_values import values
from infra.local.environment import ROOT
from tests.support.faults import DyingAtWrites, KilledError
from tests.support.item_sizes import size
from tollgate.aws import dynamodb as dynamodb_adapter
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.clock import utc_now
from tollgate.data_versions.data_versions import DATA_VERSION, DataNewerError
from tollgate.data_versions.store.key_migration import KeyMigration, is_named, superfluous_settings
from tollgate.data_versions.store.mark_table import KEY, MarkTable
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.store.ledger import Ledger
from tollgate.ledger.store.record_items import to_record
from tollgate.ledger.store.scope_items import to_scope
from tollgate.ledger.store.sweeper import Sweeper
from tollgate.reconcile.store.reconciliation_run import Reconciliation

if TYPE_CHECKING:
    from datetime import datetime

RELEASE = json.loads((ROOT / "tests/releases/0.1.0.json").read_text())
RETENTION = timedelta(days=3650)
PAUSE = timedelta(hours=1)


def later() -> datetime:
    """When the call that the release has left open must be dead, whenever the test runs."""
    return utc_now() + timedelta(hours=1)


@pytest.fixture
def stored(dynamodb, tables) -> dict[str, str]:
    """The tables, with what the release has left in them: four keys, one call of which is open."""
    for name, items in RELEASE.items():
        for item in items:
            dynamodb.put_item(TableName=tables[name], Item=item)
    return {name: tables[name] for name in tables}


def migration(client: Any, tables: Any) -> KeyMigration:
    return KeyMigration(client, tables["KeysTable"])


def keys(client: Any, tables: Any) -> dict[str, Any]:
    return {item["key_id"]: item for item in migration(client, tables).items()}


def test_everything_of_the_release_is_read(dynamodb, stored):
    found = keys(dynamodb, stored)
    assert len(found) == sum("secret_hash" in each for each in RELEASE["KeysTable"])
    assert any(map(is_named, (hold for item in found.values() for hold in item["holds"].values())))
    records = [
        to_record(each) for each in dynamodb_adapter.pages(dynamodb.scan, TableName=stored["UsageTable"])
    ]
    assert [each.calculated_cost for each in records] == [each.breakdown.total for each in records]
    catalog = CatalogTable(dynamodb, stored["CatalogTable"])
    assert {each.name for each in catalog.providers()} == {"mock", "mock-anthropic"}


def test_a_migration_leaves_out_what_is_usual_and_changes_no_key(dynamodb, stored):
    before = keys(dynamodb, stored)
    assert migration(dynamodb, stored).run() == len(before)
    after = keys(dynamodb, stored)
    assert {name: to_scope(item) for name, item in after.items()} == {
        name: to_scope(item) for name, item in before.items()
    }
    assert all(size(values(after[name])) < size(values(item)) for name, item in before.items())
    assert not any(map(superfluous_settings, after.values()))
    assert migration(dynamodb, stored).run() == 0


@pytest.mark.parametrize("applies", [True, False])
def test_a_migration_that_dies_goes_on_when_it_is_run_again(dynamodb, stored, applies):
    before = keys(dynamodb, stored)
    with pytest.raises(KilledError):
        migration(DyingAtWrites(dynamodb, 2, applies=applies), stored).run()
    assert migration(dynamodb, stored).run() == len(before) - (2 if applies else 1)
    assert {name: to_scope(item) for name, item in keys(dynamodb, stored).items()} == {
        name: to_scope(item) for name, item in before.items()
    }


class Interfering:
    """A client between whose reading and writing of a key somebody edits it."""

    def __init__(self, client: Any, edit: Any) -> None:
        self._client, self._edit = client, edit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **request: Any) -> Any:
        edit, self._edit = self._edit, None
        if edit is not None:
            edit(request["Key"]["key_id"]["S"])
        return self._client.update_item(**request)


def test_an_edit_that_comes_in_between_stays_and_the_key_is_migrated_by_it(dynamodb, stored):
    table = KeysTable(dynamodb, stored["KeysTable"])
    edited: list[str] = []

    def edit(key_id: str) -> None:
        before = table.get(key_id)
        assert before is not None
        table.edit(before, replace(before, keep_bodies=True, name="edited"))
        edited.append(key_id)

    count = len(keys(dynamodb, stored))
    assert migration(Interfering(dynamodb, edit), stored).run() == count
    (key_id,) = edited
    scope = table.get(key_id)
    assert scope is not None
    assert (scope.keep_bodies, scope.name) == (True, "edited")


def test_what_a_request_writes_meanwhile_is_kept(dynamodb, stored):
    """Its counters move by differences; the migration writes none of them."""
    (open_key,) = [item for item in keys(dynamodb, stored).values() if item["holds"] and "parent_id" in item]

    def spend(_key_id: str) -> None:
        dynamodb.update_item(
            TableName=stored["KeysTable"],
            Key=values({"key_id": open_key["key_id"]}),
            UpdateExpression="SET budget_used = budget_used + :one",
            ExpressionAttributeValues=values({":one": Decimal(1)}),
        )

    migration(Interfering(dynamodb, spend), stored).run()
    after = keys(dynamodb, stored)[open_key["key_id"]]
    assert after["budget_used"] == open_key["budget_used"] + 1
    assert after["holds"] == open_key["holds"]


@pytest.mark.parametrize("migrated", [True, False])
def test_the_releases_open_call_is_swept_and_all_adds_up(dynamodb, stored, migrated):
    if migrated:
        migration(dynamodb, stored).run()
    ledger = Ledger(dynamodb, stored["KeysTable"], stored["UsageTable"], RETENTION)
    Sweeper(ledger, clock=later).run()
    assert not any(item["holds"] for item in keys(dynamodb, stored).values())
    audit = Reconciliation(dynamodb, stored["KeysTable"], stored["UsageTable"], clock=lambda: later() + PAUSE)
    assert audit.run(None).drifts == ()


def test_the_data_say_which_code_can_read_them(dynamodb, stored):
    marks = MarkTable(dynamodb, stored["CatalogTable"])
    assert marks.get() is None
    first, second = utc_now(), utc_now() + timedelta(minutes=5)
    marks.note(first)
    marks.note(second)
    mark = marks.get()
    assert mark is not None
    assert (mark.version, mark.is_readable) == (DATA_VERSION, True)
    assert abs(mark.since - first) < timedelta(seconds=1)


@pytest.mark.parametrize(("reader", "refused"), [(DATA_VERSION, False), (DATA_VERSION + 1, True)])
def test_code_that_cannot_read_what_later_code_has_stored_refuses_to_work_on_it(
    dynamodb, stored, reader, refused
):
    later = {**KEY, "version": DATA_VERSION + 1, "reader": reader, "since": "2027-01-01T00:00:00.000Z"}
    dynamodb.put_item(TableName=stored["CatalogTable"], Item=values(later))
    marks = MarkTable(dynamodb, stored["CatalogTable"])
    if refused:
        for refusing in (marks.require_readable, lambda: marks.note(utc_now())):
            with pytest.raises(DataNewerError):
                refusing()
    else:
        marks.require_readable()
        marks.note(utc_now())
    stays = marks.get()
    assert stays is not None
    assert (stays.version, stays.reader) == (DATA_VERSION + 1, reader)
