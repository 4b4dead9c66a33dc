"""A record's proof: made by the stack's seals, and verified by who has nothing but the proof."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from aws_wire.attribute_values import values
from tests.support import cli_runner
from tests.support.seal_world import DAY, DUE, RETENTION, SealWorld, at
from tollgate.seals.day_seals import NO_SEAL, Kind, Seal, SealedPart, Section, leaf_of
from tollgate.seals.proof_documents import Proof
from tollgate.seals.sealing_times import DAY as ONE_DAY
from tollgate_cli.operations.proofs.record_proofs import RecordProofs, Verdict
from tollgate_cli.operations.proofs.sealed_stack import SealedStack


@pytest.fixture(scope="module")
def world(kept) -> SealWorld:
    kept.early = kept.spend(at(-1))
    kept.ids = kept.busy_day()
    kept.seal()
    kept.late = kept.spend(at(0, 20))
    kept.busy_day(1, records=1)
    kept.seal(1)
    kept.young = kept.spend(at(2))
    return kept


def judged(world, request_id, item=None, now=DUE):
    stack = SealedStack(world.items, world.table, None)
    return RecordProofs(stack, clock=lambda: now).judge(request_id, item)


def test_each_record_is_proved_up_to_the_chains_last_head(world):
    head = world.table.last().seal.head
    for request_id in [*world.ids, world.late]:
        found = judged(world, request_id)
        assert found.verdict is Verdict.AS_SEALED
        proved = found.proof.verify(head)
        assert (proved.item["request_id"]["S"], proved.head) == (request_id, head)
    assert judged(world, world.late).section is Section.LATE_USAGE


def test_each_change_is_proved_too(world):
    for change in world.changes.values():
        found = judged(world, change.id)
        assert (found.verdict, found.day) == (Verdict.AS_SEALED, change.at.date())
        assert found.proof.verify().item["id"]["S"] == change.id


def test_what_can_not_be_proved_says_why(world, proof):
    young = proof(world, "record", world.young, "--json")
    assert (young.code, young.json["verdict"]) == (5, "not_sealed_yet")
    assert young.json["sealedAfter"] == "2026-11-25T02:00:00+00:00"
    early = proof(world, "record", world.early, "--json")
    assert (early.code, early.json["verdict"]) == (5, "before_the_chain")
    nothing = proof(world, "record", f"{world.ids[0][:-4]}zzzz")
    assert nothing.code == 4
    assert "There is no such item" in nothing.stderr
    assert proof(world, "record", "req_nonsense").code == 2


def test_a_record_that_has_expired_is_proved_by_whoever_has_kept_it(world, tmp_path, proof):
    request_id = world.ids[4]
    stored = world.stored(request_id)
    exported = tmp_path / "item.json"
    exported.write_text(json.dumps({"Item": values(stored)}))
    world.remove(request_id)
    try:
        later = at(0) + RETENTION
        assert judged(world, request_id, now=later).verdict is Verdict.EXPIRED
        assert judged(world, request_id, now=later - ONE_DAY).verdict is Verdict.REMOVED
        given = proof(world, "record", request_id, "--item", str(exported), "--json")
        assert (given.code, given.json["verdict"]) == (0, "as_sealed")
        exported.write_text(json.dumps(values({**stored, "model": "large"})))
        assert proof(world, "record", request_id, "--item", str(exported)).code == 1
        assert proof(world, "record", world.ids[5], "--item", str(exported)).code == 2
        exported.write_text("[]")
        assert proof(world, "record", request_id, "--item", str(exported)).code == 2
    finally:
        world.overwrite_with(stored)


def test_records_of_a_day_that_has_expired_are_counted_and_others_of_it_still_compared(world):
    from tollgate_cli.operations.proofs.day_comparison import DayComparison

    stored = [world.stored(each) for each in world.ids[:3]]
    for each in world.ids[:3]:
        world.remove(each)
    try:
        stack = SealedStack(world.items, world.table, None)
        comparison = DayComparison(stack, world.table.seal(DAY), clock=lambda: at(0, 23) + RETENTION)
        found = comparison.run()
        assert (found.differences, found.expired, found.late) == ([], 3, 1)
        sooner = DayComparison(stack, world.table.seal(DAY), clock=lambda: at(0, 10, 1) + RETENTION).run()
        assert [each.what for each in sooner.differences] == ["removed"]
    finally:
        for each in stored:
            world.overwrite_with(each)


@pytest.fixture(scope="module")
def document(world) -> Any:
    return json.loads(json.dumps(judged(world, world.ids[6]).proof.to_json()))


def verified(path, document, *options):
    path.write_text(json.dumps(document))
    return cli_runner.run("proof", "verify", str(path), "--json", *options)


def test_a_proof_is_verified_without_the_stack(world, proof, tmp_path):
    path = tmp_path / "proof.json"
    assert proof(world, "record", world.ids[6], "--save", str(path)).code == 0
    head = world.table.last().seal.head
    ran = cli_runner.run("proof", "verify", str(path), "--head", head, "--json")
    assert ran.code == 0
    assert ran.json == {
        "kind": "usage",
        "id": world.ids[6],
        "of": "key_0000000000000000",
        "stack": "tollgate-test",
        "day": "2026-11-20",
        "last": "2026-11-21",
        "head": head,
        "headIsKnown": True,
    }
    assert cli_runner.run("proof", "verify", str(path), "--head", "0" * 64).code == 1


def changed(document, *place, to):
    found = copy.deepcopy(document)
    within = found
    for each in place[:-1]:
        within = within[each]
    within[place[-1]] = to(within[place[-1]])
    return found


@pytest.mark.parametrize(
    ("place", "to", "said"),
    [
        (("item", "calculated_cost"), lambda _: {"N": "0"}, "isn't what was sealed"),
        (("item", "model"), lambda _: {"X": "0"}, "no attribute value"),
        (("item",), lambda item: {**item, "note": {"S": ""}}, "isn't what was sealed"),
        (("index",), lambda index: index + 1, "isn't what was sealed"),
        (("index",), lambda _: 10, "has none at 10"),
        (("path", 0), lambda _: "00" * 32, "isn't what was sealed"),
        (("path",), lambda path: path[:-1], "ends below the root"),
        (("path",), lambda path: [*path, path[0]], "longer than the tree"),
        (("section",), lambda _: "audit", "path"),
        (("seals", 0, "sections", "usage", "root"), lambda _: "00" * 32, "isn't what was sealed"),
        (("seals", 0, "retentionDays"), lambda days: days + 1, "doesn't follow"),
        (("seals", 1, "previous"), lambda _: "00" * 32, "doesn't follow"),
        (("seals",), lambda seals: [], "no seal"),
        (("seals", 1, "day"), lambda _: "2026-11-22", "doesn't follow"),
        (("seals", 0, "format"), lambda _: "tollgate-seal-2", "isn't known"),
        (("format",), lambda _: "tollgate-proof-2", "isn't known"),
        (("path",), lambda _: 1, "no proof"),
        (("path", 0), lambda each: f"{each}00", "no proof"),
        (("index",), str, "no proof"),
        (("index",), lambda index: index + 0.5, "no proof"),
        (("index",), lambda _: float("inf"), "no proof"),
        (("item", "calculated_cost"), lambda _: {"N": "five"}, "no attribute value"),
        (("item", "calculated_cost"), lambda _: {"N": "1e999999999"}, "no attribute value"),
        (("seals", 0, "listSize"), lambda _: float("inf"), "no proof"),
    ],
)
def test_a_proof_that_was_changed_anywhere_proves_nothing(tmp_path, document, place, to, said):
    assert verified(tmp_path / "proof.json", document).code == 0
    ran = verified(tmp_path / "proof.json", changed(document, *place, to=to))
    assert (ran.code, said in ran.stderr) == (1, True), ran.stderr


def test_a_file_that_is_none_is_no_proof(tmp_path):
    path = tmp_path / "proof.json"
    assert cli_runner.run("proof", "verify", str(path)).code == 2
    path.write_text("{")
    assert cli_runner.run("proof", "verify", str(path)).code == 2
    assert verified(path, []).code == verified(path, {}).code == 1
    path.write_text("[" * 100_000)
    assert cli_runner.run("proof", "verify", str(path)).code == 2


def test_a_proof_of_what_is_no_record_is_none(tmp_path):
    """Whoever makes the seals, too, can have anything in them."""
    item = {"request_id": {"N": "1"}}
    part = SealedPart(1, leaf_of(Kind.USAGE, item).hex(), "")
    seal = Seal("x", DAY, NO_SEAL, at(3), 400, 4096, dict.fromkeys(Section, part))
    ran = verified(tmp_path / "proof.json", Proof(Section.USAGE, item, 0, (), (seal,)).to_json())
    assert (ran.code, "no key of a record" in ran.stderr) == (1, True)


def test_a_proof_is_as_long_as_the_chain_has_days_since(world, document):
    assert len(document["seals"]) == 2
    assert timedelta(days=len(document["seals"])) == world.table.last().day - DAY + ONE_DAY
