"""An apply that is killed, or that somebody comes between: nothing twice, lost or overwritten."""

from __future__ import annotations

import json

import pytest

from tests.support.configured_gateway import PROVIDER_KEY, KilledError

BEFORE = {
    "providers": [
        {
            "name": "old",
            "type": "openai",
            "baseUrl": "https://old.example.com/v1",
            "apiKey": {"env": "PROVIDER_KEY"},
        }
    ],
    "models": [
        {"systemName": "aged", "provider": "old", "modelType": "chat", "inputPrice": 1, "outputPrice": 2}
    ],
    "keys": [
        {"externalId": "root", "name": "Root", "budgetLimit": 100},
        {"externalId": "team", "name": "Team", "parent": "root", "budgetLimit": 50},
        {"externalId": "gone", "name": "Gone", "parent": "team"},
    ],
}
AFTER = {
    "settings": {"defaultRpmLimit": 10},
    "alerts": {"forecastDays": 3},
    "providers": [
        {
            "name": "new",
            "type": "openai",
            "baseUrl": "https://new.example.com/v1",
            "apiKey": {"env": "PROVIDER_KEY"},
        }
    ],
    "models": [
        {"systemName": "fresh", "provider": "new", "modelType": "chat", "inputPrice": 1, "outputPrice": 2}
    ],
    "keys": [
        {"externalId": "root", "name": "Root", "budgetLimit": 200, "costCentre": "CC-1"},
        {"externalId": "other", "name": "Other", "budgetLimit": 80},
        {"externalId": "team", "name": "The team", "parent": "other", "budgetLimit": 70, "rpmLimit": 5},
    ],
}
# Settings, alerts, provider, model; root (two), other, team (two), its move; three that go.
WRITES = 13
NEW_KEY = 6
EDITS = (0, 1, 4, 5, *range(NEW_KEY + 1, WRITES))


def start(gateway):
    ran = gateway.apply(BEFORE)
    assert ran.code == 0, ran.stdout + ran.stderr


def finish(gateway, *options, code=0):
    ran = gateway.apply(AFTER, "--prune", *options)
    assert ran.code == code, ran.stdout + ran.stderr
    return ran


def killing(place):
    def kill(number):
        if number == place:
            raise KilledError

    return kill


def test_the_way_takes_as_many_writes_as_the_tests_kill_it_at(gateway):
    start(gateway)
    line = gateway.line()
    assert gateway.apply(AFTER, "--prune", line=line).code == 0
    assert len(line.writes) == WRITES, line.writes
    assert line.writes[NEW_KEY] == "POST /api/admin/apiKey"
    assert [place for place, write in enumerate(line.writes) if not write.startswith("POST")] == [*EDITS]


@pytest.fixture(scope="module")
def unkilled():
    """What is exported in the end; kept from the first test that asks."""
    return {}


# Before a write it is as after the one before, but for the key file: of the new key it says that it comes.
# After: the first write, one that creates and one that ends each kind, and the steps of a key.
@pytest.mark.parametrize(
    ("when", "place"),
    [("before", NEW_KEY), *(("after", place) for place in (0, 2, 3, 4, NEW_KEY, 7, 9, 10, WRITES - 1))],
)
def test_an_apply_that_is_killed_is_finished_by_the_next_one(gateways, unkilled, place, when):
    if not unkilled:
        with gateways() as gateway:
            start(gateway)
            finish(gateway)
            unkilled["text"] = gateway.exported()
    with gateways() as gateway:
        start(gateway)
        keys = gateway.folder / "keys.jsonl"
        with pytest.raises(KilledError):
            gateway.apply(
                AFTER, "--prune", "--key-file", str(keys), line=gateway.line(**{when: killing(place)})
            )
        ran = finish(gateway, "--key-file", str(keys))
        assert gateway.exported() == unkilled["text"]
        assert gateway.keys().keys() == {"root", "other", "team"}
        assert gateway.providers().keys() == {"new"}
        assert gateway.models().keys() == {"fresh"}
        require_secret_or_word(gateway, keys, ran)
        again = gateway.line()
        assert gateway.apply(AFTER, "--prune", line=again).code == 0
        assert again.writes == []


def require_secret_or_word(gateway, keys, ran):
    """The new key's secret is in the file, or it is said that it was lost."""
    lines = [json.loads(line) for line in keys.read_text().splitlines()]
    secrets = [line["key"] for line in lines if line.get("externalId") == "other" and "key" in line]
    if secrets:
        assert "rotate" not in ran.stderr
    else:
        assert 'secret of the key other: issue it by "tollgate keys rotate ext:other"' in ran.stderr


# What somebody else does to the thing that the n-th write is of, and what must then still be so.
def touch(gateway, path, body, method="PATCH"):
    def done(_):
        answer = gateway.admin(method, path, body)
        assert answer.status == 200, answer.text

    return done


def edits(gateway):
    """By the beginning of a write's line: another edit of the same thing, and how to see that it is there."""
    keys, old = gateway.keys(), gateway.providers()["old"]["id"]
    aged = gateway.models()["aged"]["id"]
    defaults = {
        name: value
        for name, value in gateway.admin("GET", "/alerts/defaults").json.items()
        if name != "revision"
    }
    return {
        "PATCH /api/admin/settings": (
            "/settings",
            {"defaultRpmLimit": 77},
            lambda: gateway.admin("GET", "/settings").json["defaultRpmLimit"]["value"] == 77,
        ),
        "PUT /api/admin/alerts/defaults": (
            "/alerts/defaults",
            {**defaults, "forecastDays": 77},
            lambda: gateway.admin("GET", "/alerts/defaults").json["forecastDays"] == 77,
        ),
        **{
            f"/api/admin/apiKey/{keys[name]['id']}": (
                f"/apiKey/{keys[name]['id']}",
                {"costCentre": "somebody else's"},
                lambda name=name: gateway.keys()[name]["costCentre"] == "somebody else's",
            )
            for name in ("root", "team", "gone")
        },
        f"DELETE /api/admin/models/{aged}": (
            f"/models/{aged}",
            {"weight": 7},
            lambda: gateway.models()["aged"]["weight"] == 7,
        ),
        f"DELETE /api/admin/providers/{old}": (
            f"/providers/{old}",
            {"betaHeaders": ["theirs"]},
            lambda: gateway.providers()["old"]["betaHeaders"] == ["theirs"],
        ),
    }


# But for creations: there is nothing to edit yet.
@pytest.mark.parametrize("place", EDITS)
def test_an_edit_that_comes_between_plan_and_apply_is_refused_and_stays(gateway, place):
    start(gateway)
    known = edits(gateway)
    done = []

    def come_between(number):
        if number != place or done:
            return
        write = line.writes[number]
        for about, (path, body, is_there) in known.items():
            if write.startswith(about) or about in write:
                method = "PUT" if path == "/alerts/defaults" else "PATCH"
                answer = gateway.admin(method, path, body)
                assert answer.status == 200, answer.text
                done.append(is_there)

    line = gateway.line(before=come_between)
    ran = gateway.apply(AFTER, "--prune", line=line)
    assert ran.code == (5 if place == 0 else 7), ran.stdout + ran.stderr
    assert done[0]()
    assert "Nothing of theirs was overwritten." in ran.stderr
    assert len(line.writes) == place + 1
    assert ran.stdout.count("done") >= min(place, 1)


CREATED_MEANWHILE = {
    "POST /api/admin/providers": (
        "/providers",
        {"name": "new", "type": "openai", "baseUrl": "https://x.example.com", "apiKey": "k"},
    ),
    "POST /api/admin/apiKey": ("/apiKey", {"externalId": "other", "name": "Somebody else's"}),
}


@pytest.mark.parametrize("write", CREATED_MEANWHILE)
def test_what_somebody_else_creates_meanwhile_is_left_alone(gateway, write):
    start(gateway)
    path, body = CREATED_MEANWHILE[write]

    def come_between(number):
        if line.writes[number] == write and line.writes.count(write) == 1:
            assert gateway.admin("POST", path, body).status == 201

    line = gateway.line(before=come_between)
    ran = gateway.apply(AFTER, "--prune", line=line)
    assert ran.code == 7
    assert "already" in ran.stderr or "this external id" in ran.stderr
    views = gateway.keys() if path == "/apiKey" else gateway.providers()
    name = body.get("externalId") or body["name"]
    assert views[name]["managedBy"] is None
    assert "not tried" in ran.stdout


# Before what both change, before what both create, and in the midst of a key's changes.
@pytest.mark.parametrize("place", [0, NEW_KEY, 8])
def test_of_two_applies_at_once_one_wins_each_change_and_a_third_has_nothing_to_do(gateway, place):
    start(gateway)
    second = []

    def apply_too(number):
        if number == place and not second:
            second.append(finish(gateway))

    line = gateway.line(before=apply_too)
    first = gateway.apply(AFTER, "--prune", line=line)
    assert first.code in {0, 5, 7}
    assert second[0].code == 0
    require_true(first, place, line)
    again = gateway.line()
    assert gateway.apply(AFTER, "--prune", line=again).code == 0
    assert again.writes == []


def require_true(ran, place, line):
    """An account that says no more than was done: what came before the other apply, and nothing after it."""
    if ran.code == 0:
        # What was created by then had the same settings, so that nothing differed.
        assert line.writes[place].startswith("POST /api/admin/apiKey")
        return
    assert len(line.writes) <= WRITES
    assert "done" not in [
        line.split()[0] for line in ran.stdout.splitlines() if line.startswith("done  delete")
    ]


def test_secrets_are_nowhere_but_in_the_key_file(gateway):
    keys = gateway.folder / "keys.jsonl"
    outputs = [gateway.diff(AFTER, *options) for options in ([], ["--json"], ["--csv"], ["--markdown"])]
    outputs.append(gateway.apply(AFTER, "--key-file", str(keys)))
    outputs.append(gateway.apply(BEFORE, "--json", "--key-file", str(keys)))
    secrets = [json.loads(line)["key"] for line in keys.read_text().splitlines() if "key" in json.loads(line)]
    assert len(secrets) == 4
    assert keys.stat().st_mode & 0o777 == 0o600
    for ran in outputs:
        for secret in (*secrets, PROVIDER_KEY):
            assert secret not in ran.stdout + ran.stderr
