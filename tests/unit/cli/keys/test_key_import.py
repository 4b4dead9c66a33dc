"""`keys import`: many keys out of a CSV file."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.support.cli_runner import Gateway, page, run
from tollgate_cli.output.failures import ReaderLeftError

CREATE = "POST /api/admin/apiKey"


class Keys:
    """Creates keys as the API does: one for each external id; some names are refused."""

    def __init__(self, refused=None) -> None:
        self.refused = refused or {}
        self.by_external_id: dict[str, dict[str, str | None]] = {}
        self.gateway = Gateway({CREATE: self.create, "GET /api/admin/apiKey": page()})

    def create(self, request):
        body = json.loads(request.content)
        if body["name"] in self.refused:
            return self.refused[body["name"]]
        known = self.by_external_id.get(body["externalId"])
        if known:
            return {**known, "key": None}
        made = {"id": f"key_{len(self.by_external_id):016}", "name": body["name"]}
        self.by_external_id[body["externalId"]] = made
        return httpx.Response(201, json={**made, "key": f"sk-tg-{body['externalId']}"})

    def run(self, text, *options):
        return run("keys", "import", "-", "--csv", *options, gateway=self.gateway, stdin=text)

    @property
    def created(self):
        return [body for body in self.gateway.bodies if body]


def test_rows_become_keys_whose_secrets_are_printed():
    keys = Keys()
    ran = keys.run(
        "externalId,name,parent,budgetLimit,allowedModels,tags.team,manageChildren,rpmLimit\n"
        'a,A,,"1,000.50",,red,yes,none\n'
        'b,B,a,,"m1, m2",,no,60\n'
        '\nc,C,ext:b,,"[""m1""]",,,\n'
    )
    assert ran.code == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "line,externalId,id,key,result",
        "2,a,key_0000000000000000,sk-tg-a,created",
        "3,b,key_0000000000000001,sk-tg-b,created",
        "5,c,key_0000000000000002,sk-tg-c,created",
    ]
    assert keys.created == [
        {
            "externalId": "a", "name": "A", "budgetLimit": "1000.50", "tags": {"team": "red"},
            "manageChildren": True, "rpmLimit": None,
        },
        {
            "externalId": "b", "name": "B", "parentId": "key_0000000000000000", "allowedModels": ["m1", "m2"],
            "manageChildren": False, "rpmLimit": 60,
        },
        {"externalId": "c", "name": "C", "parentId": "key_0000000000000001", "allowedModels": ["m1"]},
    ]  # fmt: skip


def test_what_is_there_already_is_left_alone():
    keys = Keys()
    text = "externalId,name\na,A\nb,B\n"
    keys.run(text)
    ran = keys.run(text)
    assert ran.code == 0
    assert "sk-tg" not in ran.stdout
    assert ran.stderr == "2 there already.\n"


def test_what_is_refused_is_accounted_for_and_the_rest_is_created():
    fault = {"status": 422, "detail": "x", "errors": [{"field": "budgetLimit", "message": "must be less"}]}
    keys = Keys({"B": httpx.Response(422, json=fault)})
    ran = keys.run("externalId,name,parent\na,A,\nb,B,\nc,C,nobody\nd,D,\n")
    assert ran.code == 1
    assert [line.split(",")[-1] for line in ran.stdout.splitlines()[1:]] == [
        "created", "failed", "failed", "created",
    ]  # fmt: skip
    assert "2 created, 2 failed." in ran.stderr
    assert "line 3, budgetLimit: must be less" in ran.stderr
    assert 'line 4: The key "ext:nobody" was not found.' in ran.stderr


def test_what_stops_it_all_leaves_an_account():
    keys = Keys({"B": httpx.Response(401, json={"status": 401, "detail": "No."})})
    ran = keys.run("externalId,name\na,A\nb,B\nc,C\n")
    assert ran.code == 3
    assert "1 created; 2 were not tried: run it again for them." in ran.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no column externalId"),
        ("externalId\na\n", "has no column name"),
        ("externalId,name\n", "no keys in the file"),
        ("externalId,name,speed\na,A,9\n", '"speed" is no field'),
        ("externalId,name,name\na,A,A\n", '"name" is there twice'),
        ("externalId,name,budgetLimit.x\na,A,9\n", '"budgetLimit.x" is no field'),
        ("externalId,name\na\n", "line 2: 1 cells under 2 titles"),
        ("externalId,name\n,A\n", "line 2: externalId is empty"),
        ("externalId,name\na,A\na,B\n", 'line 3: externalId "a" is that of line 2'),
        ("externalId,name,rpmLimit\na,A,much\n", "line 2: --rpm-limit: 'much' isn't a whole number"),
        ("externalId,name,overcommit\na,A,maybe\n", "line 2: overcommit: 'maybe' is neither"),
        ("externalId,name,downgrade\na,A,{\n", "line 2: downgrade is no JSON"),
        ("externalId,name,enforcement\na,A,harsh\n", "none of soft, hard"),
    ],
)
def test_a_file_that_cant_be_read_creates_nothing(text, said):
    keys = Keys()
    ran = keys.run(text)
    assert (ran.code, keys.created) == (2, [])
    assert said in ran.stderr


def test_a_dry_run_creates_nothing():
    keys = Keys()
    ran = keys.run("externalId;name\na;A\n", "--dry-run")
    assert (ran.code, ran.stderr, keys.created) == (0, "1 keys could be created.\n", [])


def test_a_file_that_isnt_there_is_wrong_use():
    assert run("keys", "import", "/nowhere/keys.csv").code == 2


def test_no_key_gets_below_one_that_merely_has_the_parents_name():
    """Holders name keys as they like, and hold what is below them."""
    keys = Keys()

    def listed(request):
        is_sought = request.url.params.get("search") == "team"
        return page({"id": "key_held0000000000", "name": "team"}) if is_sought else page()

    keys.gateway = Gateway({CREATE: keys.create, "GET /api/admin/apiKey": listed})
    ran = keys.run("externalId,name,parent\na,A,team\n")
    assert (ran.code, keys.created) == (1, [])
    assert 'The key "ext:team" was not found.' in ran.stderr


def test_a_secret_that_goes_nowhere_ends_it(monkeypatch):
    keys = Keys()
    monkeypatch.setattr("tollgate_cli.output.printer.Output.flush", _left)
    ran = keys.run("externalId,name\na,A\nb,B\n")
    assert ran.code == 1
    assert 'is lost. Issue it by "tollgate keys rotate ext:a".' in ran.stderr
    assert [body["name"] for body in keys.created] == ["A"]


def _left(_self):
    raise ReaderLeftError
