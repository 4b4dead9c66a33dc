"""`tollgate apply`, `diff` and `export` as a person and a script use them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.environment import ROOT
from tests.support.configured_gateway import LABEL

EXAMPLE = str(ROOT / "docs" / "examples" / "tollgate.yaml")
EXAMPLE_KEYS = {"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"}
PROVIDER = {
    "name": "p",
    "type": "openai",
    "baseUrl": "https://p.example.com/v1",
    "apiKey": {"env": "PROVIDER_KEY"},
}
MODEL = {"systemName": "m", "provider": "p", "modelType": "chat", "inputPrice": 1, "outputPrice": 2}


def test_the_example_of_the_documentation_is_applied_once(gateway):
    gateway.environment = EXAMPLE_KEYS
    ran = gateway.run("apply", "-f", EXAMPLE, "--yes")
    assert (ran.code, ran.stdout.splitlines()[-1]) == (0, "10 done."), ran.stderr
    assert gateway.run("diff", "-f", EXAMPLE).stdout == "No differences.\n"


def test_a_variable_that_is_not_set_is_named_before_anything_is_sent_and_not_compared_by_diff(gateway):
    document = {"providers": [PROVIDER]}
    assert gateway.apply(document).code == 0
    gateway.environment = {}
    line = gateway.line()
    ran = gateway.apply({"providers": [{**PROVIDER, "vendor": "groq"}]}, line=line)
    assert (ran.code, line.writes) == (2, [])
    assert "tollgate.yaml:8): The environment variable PROVIDER_KEY is not set." in ran.stderr
    difference = gateway.diff(document)
    assert difference.code == 0
    assert "Not compared: apiKey of the provider p" in difference.stderr


def test_another_secret_of_a_provider_is_a_difference_and_is_set(gateway):
    gateway.apply({"providers": [PROVIDER]})
    gateway.environment = {"PROVIDER_KEY": "sk-another"}
    assert gateway.diff({"providers": [PROVIDER]}).code == 1
    assert gateway.apply({"providers": [PROVIDER]}).code == 0
    assert gateway.diff({"providers": [PROVIDER]}).code == 0


def test_what_carries_no_label_is_taken_over_only_if_that_is_said(gateway):
    made = gateway.admin.key(externalId="k", rpmLimit=5)
    document = {"keys": [{"externalId": "k", "rpmLimit": 6}]}
    line = gateway.line()
    refused = gateway.apply(document, line=line)
    assert (refused.code, line.writes) == (2, [])
    assert "These carry no label: key k. Add --adopt" in refused.stderr
    assert gateway.apply(document, "--adopt").code == 0
    key = gateway.admin("GET", f"/apiKey/{made['id']}").json
    assert (key["managedBy"], key["rpmLimit"]) == (LABEL, 6)


def test_at_a_terminal_adopting_and_deleting_are_asked_for_by_name(gateway):
    gateway.admin.key(externalId="k", rpmLimit=5)
    file = gateway.written({"keys": [{"externalId": "k", "rpmLimit": 6}]})
    assert gateway.run("apply", "-f", file, terminal=True, stdin="no\n").code == 1
    assert gateway.keys()["k"]["rpmLimit"] == 5
    assert gateway.run("apply", "-f", file, terminal=True, stdin="adopt\nyes\n").code == 0
    assert gateway.keys()["k"]["rpmLimit"] == 6
    empty = gateway.written({})
    assert gateway.run("apply", "-f", empty, "--prune", terminal=True, stdin="yes\n").code == 1
    assert gateway.run("apply", "-f", empty, "--prune", terminal=True, stdin=f"{LABEL}\n").code == 0
    assert gateway.keys() == {}


def test_without_a_terminal_and_without_yes_nothing_is_sent(gateway):
    line = gateway.line()
    ran = gateway.run("apply", "-f", gateway.written({"providers": [PROVIDER]}), line=line)
    assert (ran.code, line.writes) == (2, [])
    assert "add --yes" in ran.stderr


def test_an_empty_file_prunes_in_a_script_only_if_that_is_said(gateway):
    gateway.apply({"providers": [PROVIDER], "models": [MODEL]})
    line = gateway.line()
    assert (gateway.apply({}, "--prune", line=line).code, line.writes) == (2, [])
    assert gateway.apply({}, "--prune", "--allow-empty").code == 0
    assert (gateway.providers(), gateway.models()) == ({}, {})


def test_what_else_is_there_is_left_alone_when_all_is_pruned(gateway):
    gateway.admin.provider(name="theirs")
    gateway.admin.key(externalId="unlabelled")
    gateway.admin.key(externalId="other", managedBy="other")
    gateway.apply({"providers": [PROVIDER], "keys": [{"externalId": "k", "name": "K"}]})
    assert gateway.apply({}, "--prune", "--allow-empty").code == 0
    assert gateway.providers().keys() == {"theirs"}
    assert gateway.keys().keys() == {"unlabelled", "other"}


def test_a_key_that_was_lent_to_a_new_parent_makes_room_for_those_who_swap(gateway):
    """One of two children whose limits fill their parent has to be lowered before the other is raised."""
    root = {"externalId": "root", "name": "Root", "budgetLimit": 100, "overcommit": False}

    def keys(first, second):
        limits = {"a": first, "b": second}
        return {
            "keys": [
                root,
                *(
                    {"externalId": n, "name": n, "parent": "root", "budgetLimit": v}
                    for n, v in limits.items()
                ),
            ]
        }

    assert gateway.apply(keys(60, 40)).code == 0
    assert gateway.apply(keys(40, 60)).code == 0
    assert [gateway.keys()[name]["budgetLimit"] for name in "ab"] == ["40", "60"]


def test_keys_change_places_in_their_tree(gateway):
    up = {
        "keys": [
            {"externalId": "a", "name": "a", "parent": None},
            {"externalId": "b", "name": "b", "parent": "a"},
        ]
    }
    down = {
        "keys": [
            {"externalId": "a", "name": "a", "parent": "b"},
            {"externalId": "b", "name": "b", "parent": None},
        ]
    }
    assert gateway.apply(up).code == 0
    ran = gateway.apply(down)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert gateway.keys()["a"]["parentId"] == gateway.keys()["b"]["id"]


def test_a_price_that_is_to_come_is_compared_with_what_will_be_in_force(gateway):
    later = {**MODEL, "inputPrice": 3, "effectiveAt": "2101-01-01T00:00:00Z"}
    gateway.apply({"providers": [PROVIDER], "models": [MODEL]})
    assert gateway.apply({"models": [later]}).code == 0
    assert gateway.models()["m"]["inputPrice"] == "1"
    assert gateway.diff({"models": [later]}).code == 0
    assert gateway.diff({"models": [MODEL]}).code == 0


def test_what_the_api_refuses_is_said_with_its_line_and_what_was_done_before(gateway):
    keys = [
        {"externalId": "a", "name": "A"},
        {
            "externalId": "b",
            "name": "B",
            "downgrade": {"rules": [{"from": "x", "to": ["y"]}], "exitPercent": 95},
        },
    ]
    ran = gateway.apply({"keys": keys})
    assert ran.code == 7
    assert ran.stdout.splitlines()[-3:] == [
        "done    create key a",
        "failed  create key b",
        "1 done, 1 failed.",
    ]
    assert "Error: key b: " in ran.stderr
    assert "tollgate.yaml:" in ran.stderr
    assert "Apply again to go on from here" in ran.stderr


def test_programs_get_json_and_secrets_a_file_of_their_own(gateway):
    document = {"keys": [{"externalId": "k", "name": "K"}]}
    plan = gateway.diff(document, "--json").json
    assert plan["counts"] == {"create": 1}
    assert plan["changes"][0]["name"] == "k"
    keys = gateway.folder / "keys.jsonl"
    account = gateway.apply(document, "--json", "--key-file", str(keys)).json
    assert account == {
        "changes": [{"action": "create", "kind": "key", "name": "k", "outcome": "done", "lowered": {}}],
        "error": None,
        "secretsNotKept": [],
    }
    begun, made = map(json.loads, keys.read_text().splitlines())
    assert (begun["state"], made["externalId"]) == ("creating", "k")
    assert made["key"].startswith("sk-tg-")


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_key_file_that_others_can_read_is_refused_before_anything_is_sent(gateway, mode):
    keys = gateway.folder / "keys.jsonl"
    keys.touch()
    keys.chmod(mode)
    line = gateway.line()
    ran = gateway.apply({"keys": [{"externalId": "k", "name": "K"}]}, "--key-file", str(keys), line=line)
    assert (ran.code, line.writes) == (2, [])
    assert "Others can read" in ran.stderr


def test_an_export_says_which_keys_it_cannot_name(gateway):
    made = gateway.admin.key(name="no id")
    ran = gateway.run("export")
    assert ran.code == 0
    assert f"1 key has no external id, and so can't be in the file: {made['id']} (no id)." in ran.stderr


@dataclass
class Parameters:
    """Parameter Store, as far as secrets need it. `fails` makes it refuse to store."""

    values: dict[str, str] = field(default_factory=dict)
    fails: bool = False

    def get_parameter(self, *, Name, WithDecryption):  # noqa: N803 - AWS's names
        if Name not in self.values:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Parameter": {"Value": self.values[Name]}}

    def put_parameter(self, *, Name, Value, Type, Overwrite):  # noqa: N803 - AWS's names
        if self.fails:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": Value}}, "PutParameter")
        assert (Type, Overwrite) == ("SecureString", False)
        self.values[Name] = Value


def test_a_new_keys_secret_is_put_where_the_file_says_and_a_lost_one_is_issued_anew(gateway, monkeypatch):
    store = Parameters(fails=True)
    monkeypatch.setattr(boto3, "client", lambda name: store)
    document = {"keys": [{"externalId": "k", "name": "K", "secret": {"ssm": "/llm/k"}}]}
    failed = gateway.apply(document)
    assert failed.code == 7
    assert (
        "The secret of the key k was not kept: The parameter /llm/k can't be stored: AccessDenied"
        in failed.stderr
    )
    assert "1 key's secret was kept nowhere: k." in failed.stderr
    assert "sk-tg-" not in failed.stdout + failed.stderr

    store.fails = False
    difference = gateway.diff(document)
    assert (difference.code, difference.stdout) == (
        1,
        "~ key k: secret to the parameter /llm/k\n\n1 to get a secret.\n",
    )
    assert gateway.apply(document).code == 0
    assert store.values["/llm/k"].startswith("sk-tg-")
    assert gateway.diff(document).code == 0


def test_a_parameter_that_is_there_already_is_not_overwritten_by_a_new_keys_secret(gateway, monkeypatch):
    store = Parameters({"/llm/k": "somebody's"})
    monkeypatch.setattr(boto3, "client", lambda name: store)
    line = gateway.line()
    ran = gateway.apply({"keys": [{"externalId": "k", "name": "K", "secret": {"ssm": "/llm/k"}}]}, line=line)
    assert (ran.code, line.writes) == (2, [])
    assert "The parameter /llm/k is there already, and the key is new." in ran.stderr
    assert store.values == {"/llm/k": "somebody's"}


def test_a_temporary_raise_outlives_applies_that_do_not_change_its_limit(gateway):
    document = {"keys": [{"externalId": "k", "name": "K", "budgetLimit": 50}]}
    gateway.apply(document)
    path = f"/apiKey/{gateway.keys()['k']['id']}"
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    raised = gateway.admin("POST", f"{path}/budget/raise", {"window": "total", "limit": "80", "until": until})
    assert raised.status == 200, raised.text
    assert gateway.diff(document).code == 0
    assert "budgetLimit: 50\n" in gateway.exported()
    assert gateway.apply({"keys": [{"externalId": "k", "rpmLimit": 5}]}).code == 0
    assert gateway.keys()["k"]["budgetLimit"] == "80"
    lower = {"keys": [{"externalId": "k", "budgetLimit": 40}]}
    assert "! ends the temporary raise of budgetLimit to 80 until" in gateway.diff(lower).stdout
    assert gateway.apply(lower).code == 0
    assert (gateway.keys()["k"]["budgetLimit"], gateway.keys()["k"]["temporaryLimits"]) == ("40", [])


def test_a_viewers_token_compares_all_but_secrets(gateway):
    document = {"providers": [PROVIDER]}
    gateway.apply(document)
    token = gateway.admin("POST", "/admins", {"name": "Viewer", "role": "viewer"}).json["token"]
    gateway.environment = {**gateway.environment, "TOLLGATE_TOKEN": token}
    ran = gateway.diff(document)
    assert (ran.code, ran.stdout) == (0, "No differences.\n"), ran.stderr
    assert "Not compared: apiKey of the provider p: that takes the role operator." in ran.stderr
    line = gateway.line()
    refused = gateway.apply({"providers": [PROVIDER], "models": [MODEL]}, line=line)
    assert (refused.code, line.writes) == (3, ["POST /api/admin/models"])
