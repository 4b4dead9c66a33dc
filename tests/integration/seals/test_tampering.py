"""Whatever somebody with the tables' credentials does to what is sealed is found, and named."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.attribute_values import values
from tests.support.seal_world import DAY, SealWorld, at, key_number
from tollgate.aws.dynamodb import item
from tollgate.ledger.store import day_shards, record_items
from tollgate.seals import leaf_lists
from tollgate.seals.day_seals import Name, SealError, Section
from tollgate.seals.leaf_lists import Leaf, LeafList
from tollgate.seals.sealing_times import DAY as ONE_DAY
from tollgate.seals.store import seal_table
from tollgate.seals.store.sealing import SealAheadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEYS = {"UsageTable": ("key_id", "request_id"), "AuditTable": ("entity", "at")}
ENTITY = "key_0000000000000001"
NEXT = DAY + ONE_DAY


@pytest.fixture(scope="module")
def sealed(kept) -> SealWorld:
    """Ten records and a change of the first day, one more of each that came late, and a day without any."""
    kept.ids = kept.busy_day()
    kept.seal()
    kept.late = kept.spend(at(0, 20))
    kept.edit(at(0, 20), entity="settings")
    kept.busy_day(1, records=2)
    kept.seal(2)
    kept.head = kept.table.last().seal.head
    return kept


@pytest.fixture
def world(sealed) -> Iterator[SealWorld]:
    """What a test does to it is undone."""
    before = {name: _everything(sealed, name) for name in KEYS}
    yield sealed
    for name, items in before.items():
        now = _everything(sealed, name)
        for key in now.keys() - items.keys():
            sealed.client.delete_item(TableName=sealed.tables[name], Key=values(dict(key)))
        for key, stored in items.items():
            if now.get(key) != stored:
                sealed.client.put_item(TableName=sealed.tables[name], Item=stored)


def _everything(world: SealWorld, name: str) -> dict[Any, Any]:
    found = world.client.scan(TableName=world.tables[name], ConsistentRead=True)["Items"]
    return {tuple((part, each[part]["S"]) for part in KEYS[name]): each for each in found}


def test_a_day_that_nobody_has_touched_is_as_it_was_sealed(world, proof):
    ran = proof(world, "day", str(DAY), "--to", str(NEXT))
    assert (ran.code, ran.stdout) == (0, "")
    assert ran.stderr == (
        "2 days, 16 sealed items: none not as sealed, 2 more sealed with a later day, 0 expired.\n"
    )


def changed_digit(world):
    cost = world.stored(world.ids[3])["calculated_cost"] + Decimal("1e-18")
    world.overwrite(world.ids[3], calculated_cost=cost)


def changed_line_of_the_bill(world):
    lines = world.stored(world.ids[3])["breakdown"]
    world.overwrite(world.ids[3], breakdown=[[*lines[0][:-1], Decimal(0)], *lines[1:]])


def earlier_end(world):
    """So that the time to live would remove it."""
    world.overwrite(world.ids[3], expires_at=1)


def new_attribute(world):
    world.overwrite(world.ids[3], note="x")


def number_as_text(world):
    world.overwrite(world.ids[3], prompt_tokens="1000")


def removed(world):
    world.remove(world.ids[3])


def added(world):
    world.added = world.spend(at(0, 11))


def added_under_another_key(world):
    """Of an id that there is: it may go unnoticed among requests."""
    stored = {**world.stored(world.ids[3]), "key_id": key_number(7).key_id}
    world.client.put_item(TableName=world.tables["UsageTable"], Item=item(stored))


def change_rewritten(world):
    (stored,) = world.audit_items(ENTITY)[:1]
    world.put_audit_item({**stored, "actor": "somebody else"})


def change_removed(world):
    (stored,) = world.audit_items(ENTITY)[:1]
    world.delete_audit_item(ENTITY, stored["at"])


def change_added(world):
    world.added = world.edit(at(0, 13), entity="settings")


def late_record_changed(world):
    world.overwrite(world.late, calculated_cost=Decimal(0))


def late_record_removed(world):
    world.remove(world.late)


def first_change(world):
    return world.audit_items(ENTITY)[0]["id"]


@pytest.mark.parametrize(
    ("tamper", "day", "section", "what", "named"),
    [
        (changed_digit, DAY, "usage", "changed", lambda world: world.ids[3]),
        (changed_line_of_the_bill, DAY, "usage", "changed", lambda world: world.ids[3]),
        (earlier_end, DAY, "usage", "changed", lambda world: world.ids[3]),
        (new_attribute, DAY, "usage", "changed", lambda world: world.ids[3]),
        (number_as_text, DAY, "usage", "changed", lambda world: world.ids[3]),
        (removed, DAY, "usage", "removed", lambda world: world.ids[3]),
        (added, DAY, "usage", "added", lambda world: world.added),
        (added_under_another_key, DAY, "usage", "added", lambda world: world.ids[3]),
        (change_rewritten, DAY, "audit", "changed", first_change),
        (change_removed, DAY, "audit", "removed", first_change),
        (change_added, DAY, "audit", "added", lambda world: world.added),
        (late_record_changed, NEXT, "lateUsage", "changed", lambda world: world.late),
        (late_record_removed, NEXT, "lateUsage", "removed", lambda world: world.late),
    ],
    ids=lambda value: value.__name__ if callable(value) and value.__name__ != "<lambda>" else "",
)
def test_each_item_that_was_tampered_with_is_named(
    world, proof, tamper: Callable[[SealWorld], None], day, section, what, named
):
    expected = named(world) if what != "added" else None
    tamper(world)
    ran = proof(world, "day", str(DAY), "--to", str(NEXT), "--json")
    found = [(each["day"], each["section"], each["what"], each["id"]) for each in ran.json]
    assert found == [(str(day), section, what, expected or named(world))]
    assert ran.code == 1
    judged = proof(world, "record", found[0][3], "--json")
    # An id that two keys have is still that of the sealed record.
    if tamper is added_under_another_key:
        assert (judged.code, judged.json["verdict"]) == (0, "as_sealed")
    elif what == "added" and section == "audit":
        assert (judged.code, judged.json["verdict"]) == (4, "unknown")
    else:
        assert (judged.code, judged.json["verdict"]) == (1, what)


def test_all_that_was_tampered_with_is_named_the_first_one_first(world, proof):
    removed(world)
    changed = world.ids[8]
    world.overwrite(changed, model="large")
    added(world)
    ran = proof(world, "day", str(DAY), "--csv")
    lines = [line.split(",")[2:4] for line in ran.stdout.splitlines()[1:]]
    assert lines == [["removed", world.ids[3]], ["changed", changed], ["added", world.added]]


def altered(world: SealWorld, change: Callable[[tuple[Leaf, ...]], tuple[Leaf, ...]]) -> None:
    """Of the second leaf list of the day."""
    leaf_list = world.table.leaf_list(DAY, Section.USAGE, 1)
    forged = LeafList(change(leaf_list.leaves))
    world.put_audit_item(seal_table.list_to_item(DAY, Section.USAGE, 1, forged))


def hash_altered(world):
    altered(world, lambda leaves: (leaves[0]._replace(hash=bytes(32)), *leaves[1:]))


def name_altered(world):
    name = Name("req_0000000000aaaaaaaaaaaaaaaa", "key_0000000000000001")
    altered(world, lambda leaves: (leaves[0]._replace(name=name), *leaves[1:]))


def leaf_left_out(world):
    altered(world, lambda leaves: leaves[1:])


def list_garbled(world):
    stored = seal_table.list_to_item(DAY, Section.USAGE, 1, world.table.leaf_list(DAY, Section.USAGE, 1))
    world.put_audit_item({**stored, "leaves": b"\0\0\0\1x"})


def list_removed(world):
    world.delete_audit_item("seal#2026-11-20", "usage#000001")


@pytest.mark.parametrize("tamper", [hash_altered, name_altered, leaf_left_out, list_garbled, list_removed])
def test_a_leaf_list_that_was_tampered_with_is_named_and_what_it_lists_is_compared_as_a_whole(
    world, proof, tamper
):
    tamper(world)
    ran = proof(world, "day", str(DAY), "--json")
    assert [(each["what"], each["problem"]) for each in ran.json] == [
        ("list", "leaf list 1 was changed or removed")
    ]
    assert proof(world, "record", world.ids[5], "--json").json["verdict"] == "list_altered"
    assert proof(world, "record", world.ids[1], "--json").json["verdict"] in {"as_sealed", "list_altered"}

    world.overwrite(world.ids[5], model="large")
    ran = proof(world, "day", str(DAY), "--json")
    assert [each["what"] for each in ran.json] == ["list", "unnamed"]
    assert ran.code == 1


def seal_of(world, day):
    (found,) = (each for each in world.audit_items("seal#chain") if each["at"] == str(day))
    return found


def digit_of_a_seal(world):
    stored = seal_of(world, DAY)
    world.put_audit_item({**stored, "seal": stored["seal"].replace('"size":10', '"size":11')})


def swapped_days(world):
    first, second = seal_of(world, NEXT), seal_of(world, NEXT + ONE_DAY)
    world.put_audit_item({**first, "at": second["at"]})
    world.put_audit_item({**second, "at": first["at"]})


def seal_removed(world):
    world.delete_audit_item("seal#chain", str(NEXT))


def first_seal_removed(world):
    world.delete_audit_item("seal#chain", str(DAY))


def seal_garbled(world):
    world.put_audit_item({**seal_of(world, NEXT), "seal": "{}"})


def lists_of_a_seal_altered(world):
    stored = seal_of(world, DAY)
    packed = leaf_lists.pack(leaf_lists.unpack(stored["lists"]["usage"])[::-1])
    world.put_audit_item({**stored, "lists": {**stored["lists"], "usage": packed}})


@pytest.mark.parametrize(
    ("tamper", "days"),
    [
        (digit_of_a_seal, [NEXT]),  # which doesn't follow from that of the first day
        (swapped_days, [NEXT, NEXT, NEXT + ONE_DAY, NEXT + ONE_DAY]),
        (seal_removed, [NEXT + ONE_DAY]),
        (first_seal_removed, [NEXT]),
        (seal_garbled, [NEXT]),
        (lists_of_a_seal_altered, [DAY]),
    ],
)
def test_each_seal_that_was_tampered_with_is_named(world, proof, tamper, days):
    tamper(world)
    ran = proof(world, "chain", "--json")
    assert [each["day"] for each in ran.json["problems"]] == [str(day) for day in days]
    assert ran.code == 1


def test_a_seal_that_says_another_number_than_was_sealed_is_found_by_its_day(world, proof):
    digit_of_a_seal(world)
    rows = proof(world, "day", str(DAY), "--json").json
    assert [(row["day"], row["what"], row["problem"]) for row in rows] == [
        (str(NEXT), "seal", f"its seal doesn't follow from that of {DAY}: one of the two was changed"),
        (str(DAY), "seal", "its lists have 10 leaves, and the seal says 11"),
    ]


def test_a_seal_that_says_that_records_had_expired_hides_none_that_was_removed(world, proof):
    """The day alone fits it: but the days after are sealed over another one."""
    stored = seal_of(world, DAY)
    world.put_audit_item(
        {**stored, "seal": stored["seal"].replace('"retentionDays":400', '"retentionDays":1')}
    )
    removed(world)
    ran = proof(world, "day", str(DAY), "--json")
    assert (ran.code, [(row["day"], row["what"]) for row in ran.json]) == (1, [(str(NEXT), "seal")])
    for request_id in (world.ids[3], world.ids[5]):
        judged = proof(world, "record", request_id, "--json")
        assert (judged.code, judged.json["verdict"]) == (1, "chain_broken")
    # What only the days before such a seal stand for isn't touched by it.
    assert proof(world, "day", str(NEXT), "--json").json == ran.json


def test_a_list_of_late_records_hides_none_that_was_added_and_put_into_it(world, proof):
    added(world)
    kept = world.table.leaf_list(NEXT, Section.LATE_USAGE, 0)
    leaf = Leaf(Name(world.added, key_number(1).key_id), bytes(32))
    forged = LeafList(tuple(sorted([*kept.leaves, leaf])))
    world.put_audit_item(seal_table.list_to_item(NEXT, Section.LATE_USAGE, 0, forged))
    ran = proof(world, "day", str(DAY), "--json")
    assert ("added", world.added) in [(row["what"], row["id"]) for row in ran.json]
    assert ran.code == 1


@pytest.mark.parametrize(
    "stored",
    [
        {"at": "zzz"},
        {"at": "20261124", "seal": "{}", "lists": {}},
        {"at": "2026-11-24", "seal": "{}"},
        {"at": "2026-11-24", "seal": "{}", "lists": {"usage": "text"}},
        {"at": "2026-11-24", "seal": "[" * 100_000, "lists": {}},
    ],
)
def test_what_is_no_seal_is_named_and_nothing_is_sealed_after_it(world, proof, stored):
    world.put_audit_item({"entity": "seal#chain", **stored})
    ran = proof(world, "chain")
    assert (ran.code, stored["at"] in ran.stderr) == (1, True)
    assert "unexpected" not in ran.stderr
    with pytest.raises(SealError):
        world.seal(5)


def test_a_seal_of_a_day_to_come_does_not_end_the_sealing_in_silence(world):
    """Of the days up to that one none would be due any more, nor overdue."""
    world.put_audit_item({**seal_of(world, NEXT), "at": "2099-01-01"})
    with pytest.raises(SealAheadError, match="2099-01-01"):
        world.seal(5)
    assert world.table.seal(DAY + ONE_DAY * 3) is None


def test_a_chain_that_was_built_anew_over_other_records_is_found_by_a_head_that_was_noted(world, proof):
    """By itself it is sound. It takes something that its forger couldn't write to, too."""
    for each in [*world.audit_items("seal#chain"), *world.audit_items("seal#2026-11-20")]:
        world.delete_audit_item(each["entity"], each["at"])
    world.overwrite(world.ids[3], calculated_cost=Decimal(0))
    previous = None
    for day in range(3):
        stored = world.sealing()._sealed(DAY + ONE_DAY * day, previous, None)
        previous = world.table.put_seal(stored)
    assert proof(world, "chain").code == 0
    assert proof(world, "day", str(DAY)).code == 0
    ran = proof(world, "chain", "--head", world.head)
    assert ran.code == 1
    assert f"no seal has the head {world.head}" in ran.stderr


def test_a_chain_has_the_heads_that_were_noted(world, proof):
    ran = proof(world, "chain", "--head", world.head.upper(), "--head", world.table.seal(DAY).seal.head)
    assert ran.code == 0
    assert ran.stdout.splitlines()[-1].split() == ["problems", "none"]


def test_the_last_seals_that_were_removed_are_missed_by_whoever_knows_a_head(world, proof):
    world.delete_audit_item("seal#chain", str(NEXT + ONE_DAY))
    assert proof(world, "chain").code == 0
    assert proof(world, "chain", "--head", world.head).code == 1


def test_a_record_that_the_index_has_in_another_day_is_found_in_neither(world, proof):
    """Its day is that of its id, by which it is looked for."""
    stored = world.stored(world.ids[3])
    other = day_shards.of_day(DAY + ONE_DAY * 5)[0]
    world.overwrite(world.ids[3], day_shard=other)
    assert record_items.to_record(stored).request_id == world.ids[3]
    (row,) = proof(world, "day", str(DAY), "--json").json
    assert (row["what"], row["id"]) == ("removed", world.ids[3])
    assert proof(world, "record", world.ids[3], "--json").json["verdict"] == "changed"


def test_a_day_that_is_not_sealed_can_not_be_compared(world, proof):
    ran = proof(world, "day", "2026-11-23")
    assert ran.code == 5
    assert "2026-11-23 isn't sealed" in ran.stderr
