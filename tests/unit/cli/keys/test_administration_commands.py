"""Budget requests, admins and settings, and what a key's holder does."""

from __future__ import annotations

import pytest

from tests.support.api_operations import documents
from tests.support.cli_runner import Gateway, page, run
from tests.support.schema_samples import sample
from tollgate_cli.arguments import field_texts

ADMIN, CLIENT = documents()["admin"], documents()["client"]
BUDGET = {"limit": "2", "allowance": "2", "used": "1.5", "held": "0", "remaining": "0.5", "resetsAt": None}
REQUEST = {
    **sample(ADMIN["components"]["schemas"]["BudgetRequestView"], ADMIN),
    "id": "brq_1",
    "keyName": "ann",
    "state": "pending",
    "limit": "5",
    "limitWhenAsked": "2",
    "budget": BUDGET,
    "decision": None,
}
OWN = {
    **sample(CLIENT["components"]["schemas"]["OwnKeyView"], CLIENT),
    "id": "key_0123456789abcdef",
    "name": "lead",
    "temporaryLimits": [],
}
NAMED = {
    **sample(ADMIN["components"]["schemas"]["AdminView"], ADMIN),
    "id": "adm_1",
    "name": "CI",
    "status": "active",
}
SETTINGS = sample(ADMIN["components"]["schemas"]["SettingsView"], ADMIN)


def test_requests_show_how_their_budgets_stand():
    gateway = Gateway({"GET /api/admin/budget-requests": page(REQUEST)})
    ran = run("budget-requests", "list", "--state", "pending", gateway=gateway)
    assert gateway.lines == ["GET /api/admin/budget-requests?state=pending"]
    assert "$2.00  $5.00" in ran.stdout


def test_a_request_whose_limit_is_gone_says_so():
    gateway = Gateway({"GET /api/admin/budget-requests/brq_1": {**REQUEST, "budget": None}})
    assert (
        "there is no such limit any more" in run("budget-requests", "show", "brq_1", gateway=gateway).stdout
    )


def test_an_approval_for_good_sends_null():
    gateway = Gateway({"POST /api/admin/budget-requests/brq_1/approve": REQUEST})
    assert run("budget-requests", "approve", "brq_1", gateway=gateway).code == 0
    assert run("budget-requests", "approve", "brq_1", "--until", "none", gateway=gateway).code == 0
    assert gateway.bodies == [{}, {"until": None}]


def test_a_denial_needs_a_reason():
    gateway = Gateway()
    ran = run("budget-requests", "deny", "brq_1", gateway=gateway)
    assert (ran.code, ran.stderr, gateway.lines) == (2, "Error: --reason must be given.\n", [])


def test_a_holder_asks_for_the_only_limit_there_is():
    own = {**OWN, "budgetLimit": None, "quotaLimit": "2", "quotaPeriod": "week"}
    gateway = Gateway(
        {
            "GET /v1/usage": {"keyId": OWN["id"]},
            f"GET /v1/keys/{OWN['id']}": own,
            "POST /v1/budget-requests": REQUEST,
        }
    )
    ran = run("my", "budget-requests", "ask", "--to", "5", "--reason", "x", gateway=gateway)
    assert ran.code == 0, ran.stderr
    assert gateway.bodies[-1] == {"window": "week", "limit": "5", "reason": "x"}


def test_a_holder_names_keys_right_below_by_their_names():
    gateway = Gateway({"GET /v1/keys": page(OWN), f"POST /v1/keys/{OWN['id']}/revoke": OWN})
    assert run("my", "keys", "revoke", "lead", "--yes", gateway=gateway).code == 0
    assert run("my", "keys", "revoke", "nobody", "--yes", gateway=gateway).code == 4


def test_a_holders_new_key_is_printed_alone():
    gateway = Gateway({"POST /v1/keys": {**OWN, "key": "sk-tg-1"}})
    ran = run("my", "keys", "create", "--name", "ann", "--quota-limit", "5", gateway=gateway)
    assert ran.stdout == "sk-tg-1\n"
    assert gateway.bodies == [{"name": "ann", "quotaLimit": "5"}]


def test_holders_have_no_options_that_administrators_alone_set():
    gateway = Gateway()
    assert run("my", "keys", "create", "--name", "x", "--price-factor", "2", gateway=gateway).code == 2
    assert gateway.lines == []


def test_a_new_admins_token_is_alone_on_stdout():
    gateway = Gateway({"POST /api/admin/admins": {**NAMED, "token": "tg-admin-1"}})
    ran = run("admins", "create", "--name", "CI", "--role", "viewer", gateway=gateway)
    assert (ran.code, ran.stdout) == (0, "tg-admin-1\n")
    assert "tg-admin-1" not in ran.stderr


@pytest.mark.parametrize("command", ["revoke", "rotate"])
def test_what_ends_a_token_asks_for_the_name(command):
    answers = {
        "GET /api/admin/admins/adm_1": NAMED,
        f"POST /api/admin/admins/adm_1/{command}": {**NAMED, "token": "t"},
    }
    gateway = Gateway(answers)
    assert run("admins", command, "adm_1", gateway=gateway).code == 2
    assert gateway.lines == []
    assert run("admins", command, "adm_1", gateway=gateway, terminal=True, stdin="other\n").code == 1
    assert run("admins", command, "adm_1", gateway=gateway, terminal=True, stdin="CI\n").code == 0


def test_settings_show_value_default_and_source():
    ran = run("settings", "show", gateway=Gateway({"GET /api/admin/settings": SETTINGS}))
    assert ran.stdout.startswith("Setting")
    assert "Reporting zone" in ran.stdout
    csv = run("settings", "show", "--csv", gateway=Gateway({"GET /api/admin/settings": SETTINGS})).stdout
    assert csv.startswith("setting,value,default,source\n")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0"), (86_400, "1d"), (1_209_600, "2w"), (5_400, "90m"), (61, "61s")]
)
def test_lengths_of_time_are_shown_as_options_take_them(seconds, text):
    length = {"value": seconds, "default": None, "source": "settings"}
    gateway = Gateway({"GET /api/admin/settings": {**SETTINGS, "rotationGraceSeconds": length}})
    lines = run("settings", "show", gateway=gateway).stdout.splitlines()
    assert any(line.split() == ["rotationGraceSeconds", text, "none", "settings"] for line in lines)
    assert run("settings", "show", "--json", gateway=gateway).json["rotationGraceSeconds"] == length
    assert field_texts.seconds(text) == seconds


@pytest.mark.parametrize("name", ["default-rpm-limit", "defaultRpmLimit", "--default-rpm-limit"])
def test_a_setting_goes_back_to_its_default(name):
    gateway = Gateway({"PATCH /api/admin/settings": SETTINGS})
    assert run("settings", "unset", *(["--"] if name[0] == "-" else []), name, gateway=gateway).code == 0
    assert gateway.bodies == [{"defaultRpmLimit": None}]


def test_a_setting_that_isnt_there_is_wrong_use():
    gateway = Gateway()
    ran = run("settings", "unset", "speed", gateway=gateway)
    assert (ran.code, gateway.lines) == (2, [])
    assert "  default-rpm-limit" in ran.stderr
