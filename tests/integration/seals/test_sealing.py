"""Days are sealed once each, in their order, whatever dies, comes late, or runs at the same time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.faults import DyingAtWrites, KilledError
from tests.support.seal_world import DAY, DUE, RETENTION, SealWorld, at
from tollgate.seals import chain_check
from tollgate.seals.day_seals import NO_SEAL, Kind, Section
from tollgate.seals.sealing_times import DAY as ONE_DAY

EVERYTHING = list(Section)


def sizes(world: SealWorld, day=DAY):
    return {section.value: part.size for section, part in world.table.seal(day).seal.parts.items()}


def test_the_chain_begins_with_the_latest_day_that_is_over_for_long_enough(world):
    world.spend(at(-1))
    ids = world.busy_day()
    world.now = DUE - timedelta(milliseconds=1)
    assert [seal.day for seal in world.sealing().run().seals] == [DAY - ONE_DAY]
    world.now = DUE
    (seal,) = world.sealing().run().seals
    assert (seal.day, seal.retention_days, seal.stack) == (DAY, RETENTION.days, "tollgate-test")
    assert [name.sort for name in world.sealed_names(Section.USAGE)] == ids
    assert world.sealing().run().seals == ()


def test_each_seal_holds_the_head_of_the_day_before(world):
    world.busy_day()
    first = world.seal()
    world.busy_day(1, records=3)
    report = world.seal(3)
    assert [seal.day for seal in report.seals] == [DAY + ONE_DAY * number for number in (1, 2, 3)]
    heads = [seal.head for seal in (*first.seals, *report.seals)]
    assert [seal.previous for seal in (*first.seals, *report.seals)] == [NO_SEAL, *heads[:-1]]
    checked = chain_check.check(world.table.chain())
    assert (checked.problems, checked.head) == ((), heads[-1])
    assert sizes(world, DAY + ONE_DAY * 2) == dict.fromkeys(sizes(world), 0)


def test_what_is_written_after_the_seal_is_late_in_the_next_one_and_only_there(world):
    world.busy_day()
    world.seal()
    request, change = world.spend(at(0, 23)), world.edit(at(0, 23))
    assert world.seal(1).late == 2
    assert [name.sort for name in world.sealed_names(Section.LATE_USAGE, DAY + ONE_DAY)] == [request]
    (name,) = world.sealed_names(Section.LATE_AUDIT, DAY + ONE_DAY)
    assert name.sort.endswith(f"#{change}")
    assert world.seal(5).late == 0


def test_a_day_that_was_sealed_long_ago_is_not_looked_at_any_more(world):
    world.seal()
    stored = world.table.last()
    world.table.put_seal(replace(stored, day=DAY + ONE_DAY * 9, text=replace(stored.seal, day=DAY).text()))
    world.spend(at(0))
    assert world.seal(10).late == 0


@pytest.mark.parametrize("applies", [True, False], ids=["after", "before"])
def test_a_run_that_dies_at_any_write_is_taken_up_by_the_next_one(dynamodb, tables, applies):
    world = SealWorld(dynamodb, tables)
    world.seal()
    world.spend(at(0))
    world.edit(at(0))
    ids = world.busy_day(1, records=8)
    world.now = DUE + ONE_DAY
    writes = 0
    while True:
        writes += 1
        try:
            world.sealing(DyingAtWrites(dynamodb, writes, applies=applies)).run()
        except KilledError:
            # What each write leaves is gone on from: writes before it find what they would put.
            continue
        break
    # Two lists of the day's records, one of its changes, two of what was late, and the seal.
    assert writes > 1
    day = DAY + ONE_DAY
    assert [name.sort for name in world.sealed_names(Section.USAGE, day)] == ids
    assert sizes(world, day) == {"usage": 8, "audit": 1, "lateUsage": 1, "lateAudit": 1}
    assert chain_check.check(world.table.chain()).problems == ()


def test_a_run_that_is_out_of_time_is_taken_up_by_the_next_one(world):
    ids = world.busy_day(records=9)
    world.now = DUE
    for ticks in range(1, 20):
        # Each look at the clock is a second.
        seconds = iter(range(1000))
        sealing = world.sealing(clock=lambda passed=seconds: DUE + timedelta(seconds=next(passed)))
        report = sealing.run(DUE + timedelta(seconds=ticks))
        if not report.out_of_time:
            break
        assert report.seals == ()
    assert 5 < ticks < 19
    assert [name.sort for name in world.sealed_names(Section.USAGE)] == ids


def test_what_comes_between_two_runs_of_a_day_is_sealed_there_or_late(world):
    """The first run has put a whole list and died; what sorts before its end can't be in it any more."""
    world.busy_day(records=6)
    world.now = DUE
    with pytest.raises(KilledError):
        world.sealing(DyingAtWrites(world.client, 1, applies=True)).run()
    before, behind = world.spend(at(0, 1)), world.spend(at(0, 23))
    world.seal()
    assert [name.sort for name in world.sealed_names(Section.USAGE)][-1] == behind
    world.seal(1)
    assert [name.sort for name in world.sealed_names(Section.LATE_USAGE, DAY + ONE_DAY)] == [before]


def test_runs_at_the_same_time_put_one_seal(world):
    for day in range(3):
        world.busy_day(day, records=7)
    world.seal()
    world.now = DUE + ONE_DAY * 2
    begin = threading.Barrier(3)
    reports = []

    def run(number):
        begin.wait()
        sealing = world.sealing(clock=lambda: world.now + timedelta(seconds=number))
        reports.append(sealing.run())

    threads = [threading.Thread(target=run, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 3
    heads = {tuple(seal.head for seal in report.seals)[-1:] for report in reports if report.seals}
    assert len(heads) == 1
    assert chain_check.check(world.table.chain()).problems == ()
    assert [len(world.sealed_names(Section.USAGE, DAY + ONE_DAY * number)) for number in range(3)] == [7] * 3


def test_a_run_that_was_too_slow_changes_nothing_of_what_is_sealed(world):
    """It finds one more record when whole lists are sealed, and puts a list that no seal knows."""
    world.busy_day(records=8)
    world.now = DUE
    slow = world.sealing()
    part = slow._listed(DAY, Section.USAGE, lambda after: world.items.leaves(Kind.USAGE, DAY, after), None)
    world.seal()
    request = world.spend(at(0, 23))
    slow._listed(DAY, Section.USAGE, lambda after: world.items.leaves(Kind.USAGE, DAY, after), None)
    assert world.table.leaf_list(DAY, Section.USAGE, 2) is not None
    assert (part[0], sizes(world)["usage"]) == (8, 8)
    world.seal(1)
    assert [name.sort for name in world.sealed_names(Section.LATE_USAGE, DAY + ONE_DAY)] == [request]


@pytest.mark.parametrize(("hours", "overdue"), [(0, 0), (23, 0), (24, 1), (47, 1), (48, 2)])
def test_days_that_are_a_day_overdue_are_counted(world, hours, overdue):
    """Of a run that gets nowhere: the chain has one seal."""
    world.seal()
    world.now = DUE + ONE_DAY + timedelta(hours=hours)
    report = world.sealing().run(deadline=DUE)
    assert (report.seals, report.out_of_time, report.overdue) == ((), True, overdue)


def test_a_seal_that_the_table_has_lost_is_the_buckets_again_with_its_lists(copied):
    copied.busy_day()
    for day in range(3):
        copied.seal(day)
    before = list(copied.table.chain())
    for place in [each.day.isoformat() for each in before[1:]]:
        copied.delete_audit_item("seal#chain", place)
    for each in copied.audit_items("seal#2026-11-21"):
        copied.delete_audit_item(each["entity"], each["at"])
    copied.seal(2)
    assert list(copied.table.chain()) == before
    for each in before:
        copied.delete_audit_item("seal#chain", each.day.isoformat())
    copied.now = DUE + ONE_DAY * 2
    copied.sealing().run()
    assert list(copied.table.chain()) == before


def test_a_chain_that_was_there_before_the_bucket_is_copied_to_it(world, copied):
    copied.busy_day()
    bucket, copied.bucket = copied.bucket, None
    for day in range(3):
        copied.seal(day)
    copied.bucket = bucket
    copied.sealing().run()
    assert list(bucket.chain()) == list(copied.table.chain())
    for number in range(3):
        assert bucket.leaf_list(DAY, Section.USAGE, number) == copied.table.leaf_list(
            DAY, Section.USAGE, number
        )


def test_a_chain_that_goes_on_otherwise_than_the_buckets_is_not_gone_on_with(copied):
    from tollgate.seals.store.sealing import ForkedChainError

    copied.busy_day()
    copied.seal()
    stored = copied.table.seal(DAY)
    forged = replace(stored.seal, retention_days=1)
    copied.put_audit_item({**copied.audit_items("seal#chain")[0], "seal": forged.text()})
    with pytest.raises(ForkedChainError, match="2026-11-20"):
        copied.seal(1)
