"""One tree of keys in the place of another, whatever both are, and whatever ends the way between them."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.configured_gateway import KilledError
from tests.support.drawn_key_trees import trees

NAMES = tuple("abcdef")
# KEY_TREE_EXAMPLES=200 asks more than a test run has the time for.
PROPERTY = settings(
    max_examples=int(os.environ.get("KEY_TREE_EXAMPLES", "8")),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


def file_of(tree):
    return {"keys": [{"externalId": name, "name": "A key", **fields} for name, fields in tree.items()]}


def applied(gateway, document, *options):
    ran = gateway.apply(document, *options)
    assert ran.code == 0, ran.stdout + ran.stderr
    return ran


@PROPERTY
@given(data=st.data(), before=trees(NAMES, least=3), after=trees(NAMES, least=3))
def test_a_tree_takes_the_place_of_another_one_even_if_an_apply_between_them_dies(
    gateways, data, before, after
):
    with gateways() as gateway:
        applied(gateway, file_of(before))
        place = data.draw(st.integers(0, 12))

        def kill(number):
            if number == place:
                raise KilledError

        line = gateway.line(after=kill)
        try:
            gateway.apply(file_of(after), "--prune", line=line)
        except KilledError:
            applied(gateway, file_of(after), "--prune")
        assert gateway.diff(file_of(after), "--prune").stdout == "No differences.\n"
        assert gateway.keys().keys() == after.keys()


# Two teams exchange a project each, and neither department has room for a second one.
def departments(of_search, of_chat):
    team = {"budgetLimit": 60, "name": "A team"}
    return {
        "keys": [
            {"externalId": name, "name": "A department", "budgetLimit": 100, "overcommit": False}
            for name in ("research", "support")
        ]
        + [
            {"externalId": "search", "parent": of_search, **team},
            {"externalId": "chat", "parent": of_chat, **team},
        ]
    }


BEFORE, AFTER = departments("research", "support"), departments("support", "research")
WRITES = 4


def test_keys_that_wait_for_each_other_are_lowered_while_they_move(gateway):
    applied(gateway, BEFORE)
    shown = gateway.diff(AFTER).stdout
    assert shown.count("budgetLimit is lowered to 0 while it moves") == 1
    line = gateway.line()
    ran = gateway.apply(AFTER, line=line)
    assert (ran.code, len(line.writes)) == (0, WRITES), ran.stdout + ran.stderr
    assert "lowered" not in ran.stdout.split("2 to change.")[1]
    assert gateway.diff(AFTER).code == 0


@pytest.mark.parametrize("place", range(WRITES))
def test_a_key_that_was_left_lowered_is_raised_by_the_next_apply(gateway, place):
    applied(gateway, BEFORE)
    limits = []

    def note_and_end(number):
        limits.append({name: key["budgetLimit"] for name, key in gateway.keys().items()})
        if number == place:
            raise KeyboardInterrupt

    ran = gateway.apply(AFTER, line=gateway.line(after=note_and_end))
    assert ran.code == 130
    is_low = [name for name, limit in limits[-1].items() if limit == "0"]
    for name in is_low:
        assert f"The key {name} " in ran.stdout
        assert "left lowered, which the next apply mends: budgetLimit is lowered to 0." in ran.stdout
        assert "budgetLimit  0 → 60" in gateway.diff(AFTER).stdout.replace("budgetLimit 0", "budgetLimit  0")
    applied(gateway, AFTER)
    keys = gateway.keys()
    assert [keys[name]["budgetLimit"] for name in ("search", "chat")] == ["60", "60"]
    assert keys["search"]["parentId"] == keys["support"]["id"]
    assert all(limit in {"0", "60", "100"} for each in limits for limit in each.values())


def test_a_tree_that_is_not_allowed_is_refused_before_anything_is_sent(gateway):
    applied(gateway, BEFORE)
    wrong = departments("research", "research")
    line = gateway.line()
    ran = gateway.apply(wrong, line=line)
    assert (ran.code, line.writes) == (2, [])
    assert "tollgate.yaml:" in ran.stderr
    assert "budgetLimit of the key chat would take 60 USD of the budget of its parent research" in " ".join(
        ran.stderr.split()
    )


def test_what_no_file_names_is_not_lowered(gateway):
    applied(gateway, BEFORE)
    unnamed = {
        "keys": [{"externalId": "search", "parent": "support"}, {"externalId": "chat", "parent": "research"}]
    }
    line = gateway.line()
    ran = gateway.apply(unnamed, line=line)
    assert (ran.code, line.writes) == (2, [])
    assert "they can be lowered while they move, if the files name their limits" in " ".join(
        ran.stderr.split()
    )
