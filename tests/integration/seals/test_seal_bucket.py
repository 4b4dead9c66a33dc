"""The copy in the bucket: what it finds that the table alone can't."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.seal_world import DAY
from tollgate.seals.day_seals import Section
from tollgate.seals.sealing_times import DAY as ONE_DAY
from tollgate.seals.store import seal_table


def test_a_chain_and_its_copy_are_compared(copied, proof):
    copied.busy_day()
    copied.seal(1)
    found = proof(copied, "chain", "--bucket", "--json")
    assert (found.code, found.json["seals"], found.json["problems"]) == (0, 1, [])
    assert proof(copied, "day", str(DAY + ONE_DAY), "--bucket").code == 0


def test_a_forked_chain_is_named_and_its_records_are_found_by_the_copy(copied, proof):
    ids = copied.busy_day()
    copied.seal()
    copied.seal(1)
    bucket, copied.bucket = copied.bucket, None
    for each in [*copied.audit_items("seal#chain"), *copied.audit_items("seal#2026-11-20")]:
        copied.delete_audit_item(each["entity"], each["at"])
    copied.overwrite(ids[3], calculated_cost=Decimal(0))
    previous = None
    for day in range(2):
        previous = copied.table.put_seal(copied.sealing()._sealed(DAY + ONE_DAY * day, previous, None))
    copied.bucket = bucket

    assert proof(copied, "day", str(DAY)).code == 0
    ran = proof(copied, "chain", "--bucket", "--json")
    assert [each["day"] for each in ran.json["problems"]] == [str(DAY), str(DAY + ONE_DAY)]
    assert "forked" in ran.json["problems"][0]["problem"]
    (row,) = proof(copied, "day", str(DAY), "--bucket", "--json").json
    assert (row["what"], row["id"]) == ("changed", ids[3])
    assert proof(copied, "record", ids[3], "--bucket", "--json").json["verdict"] == "changed"


def test_a_leaf_list_that_the_table_has_lost_is_read_from_the_bucket(copied, proof):
    ids = copied.busy_day()
    copied.seal()
    for each in copied.audit_items("seal#2026-11-20"):
        copied.delete_audit_item(each["entity"], each["at"])
    copied.remove(ids[0])
    assert [each["what"] for each in proof(copied, "day", str(DAY), "--json").json] == [
        *["list"] * 3,
        "unnamed",
        "list",
    ]
    (row,) = proof(copied, "day", str(DAY), "--bucket", "--json").json
    assert (row["what"], row["id"]) == ("removed", ids[0])


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "overwritten"])
def test_what_is_put_over_the_copy_doesnt_count_and_is_told(copied, s3, proof, deleted):
    """With Object Lock neither takes the first version away."""
    copied.busy_day()
    copied.seal()
    key = "seals/2026-11-20.json"
    if deleted:
        s3.delete_object(Bucket=copied.bucket.bucket, Key=key)
    else:
        s3.put_object(Bucket=copied.bucket.bucket, Key=key, Body=b"{}")
    ran = proof(copied, "chain", "--bucket", "--json")
    assert [each["problem"] for each in ran.json["problems"]] == [
        "the bucket has 2 versions of seals/2026-11-20.json; the first one counts"
    ]
    assert proof(copied, "day", str(DAY), "--bucket").code == 0


def test_what_only_one_of_both_has_is_named(copied, proof):
    copied.busy_day()
    for day in range(3):
        copied.seal(day)
    copied.delete_audit_item("seal#chain", "2026-11-22")
    ran = proof(copied, "chain", "--bucket", "--json")
    assert [(each["day"], each["problem"]) for each in ran.json["problems"]] == [
        ("2026-11-22", "the bucket has its seal, and the table none that can be read")
    ]
    copied.bucket, bucket = None, copied.bucket
    copied.seal(3)
    copied.bucket = bucket
    problems = proof(copied, "chain", "--bucket", "--json").json["problems"]
    # It was sealed anew, at another moment.
    assert [each["day"] for each in problems] == ["2026-11-22", "2026-11-23"]


def test_what_somebody_else_has_put_there_for_good_hides_nothing(copied, s3, proof):
    """Under a lock it can't be deleted: what isn't named as a seal is passed by, and what is, is named."""
    copied.busy_day()
    copied.seal()
    for key in ("seals/0", "seals/0001-01-01x", "seals/20261120.json", "lists/0", "lists/0"):
        s3.put_object(Bucket=copied.bucket.bucket, Key=key, Body=b"x")
    assert copied.bucket.first_day() == DAY
    assert proof(copied, "chain", "--bucket").code == 0
    s3.put_object(Bucket=copied.bucket.bucket, Key="seals/2027-01-01.json", Body=b"x")
    ran = proof(copied, "chain", "--bucket", "--json")
    assert {each["day"] for each in ran.json["problems"]} == {"2027-01-01"}
    assert proof(copied, "day", str(DAY), "--bucket").code == 1


def test_objects_are_put_once(copied, s3):
    copied.busy_day()
    copied.seal()
    stored = copied.table.last()
    leaf_list = copied.table.leaf_list(DAY, Section.USAGE, 0)
    copied.bucket.put_seal(stored)
    copied.bucket.put_leaf_list(DAY, Section.USAGE, 0, leaf_list)
    assert copied.bucket.overwritten() == []
    assert seal_table.to_item(copied.bucket.seal(DAY)) == seal_table.to_item(stored)


def test_a_stack_without_a_bucket_says_so(world, proof):
    ran = proof(world, "chain", "--bucket")
    assert ran.code == 2
    assert "SealBucket" in ran.stderr
