"""Keys by administrators: what is sent, asked and printed."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api_operations import documents
from tests.support.cli_runner import SIGNED_IN, Gateway, page, run
from tests.support.schema_samples import sample

ID = "key_0123456789abcdef"
OTHER = "key_fedcba9876543210"
PATH = f"/api/admin/apiKey/{ID}"
_DOCUMENT = documents()["admin"]
_SAMPLE = sample(_DOCUMENT["components"]["schemas"]["ListedKeyView"], _DOCUMENT)
KEY = {
    **_SAMPLE,
    "id": ID,
    "name": "Search team",
    "status": "active",
    "path": [ID],
    "budgetLimit": "50",
    "budgetUsed": "12.5",
    "budgetRemaining": "37.5",
    "budgetState": "fine",
    "temporaryLimits": [],
    "childCount": 0,
    "revision": 7,
}
CONFLICT = httpx.Response(412, json={"status": 412, "detail": "The revision is 8."})


def _key(**fields):
    return {**KEY, **fields}


def _issued(secret):
    return {name: value for name, value in KEY.items() if name != "childCount"} | {"key": secret}


def test_a_new_keys_secret_is_alone_on_stdout():
    ran = run(
        "keys", "create", "--name", "x", gateway=Gateway({"POST /api/admin/apiKey": _issued("sk-tg-1")})
    )
    assert (ran.code, ran.stdout) == (0, "sk-tg-1\n")
    assert f'Created the key "Search team" ({ID})' in ran.stderr


def test_a_key_that_is_there_already_is_said_to_be():
    gateway = Gateway({"POST /api/admin/apiKey": _issued(None)})
    ran = run("keys", "create", "--name", "x", "--external-id", "search", gateway=gateway)
    assert (ran.code, ran.stdout) == (0, "")
    assert "It is there already" in ran.stderr


def test_fields_of_a_new_key_are_read_as_people_write_them():
    gateway = Gateway(
        {
            "POST /api/admin/apiKey": _issued("sk-tg-1"),
            "GET /api/admin/apiKey": lambda request: page(
                *([_key(id=OTHER)] if request.url.params.get("externalId") == "top" else [])
            ),
        }
    )
    line = "--parent ext:top --budget-limit 1,250.50 --alert 80 --alert 95%:urgent:owner,a@example.com"
    line += " --alert-debounce 15m --price-factor 1.15 --tag team=search --model-price-factor gpt=1.2"
    ran = run("keys", "create", "--name", "x", *line.split(), gateway=gateway)
    assert ran.code == 0, ran.stderr
    assert gateway.bodies[-1] == {
        "name": "x",
        "parentId": OTHER,
        "budgetLimit": "1250.50",
        "budgetAlertThresholds": [
            {"percent": 80, "level": "warning", "notify": ["owner"]},
            {"percent": 95, "level": "urgent", "notify": ["owner", "a@example.com"]},
        ],
        "alertDebounceSeconds": 900,
        "priceFactor": "1.15",
        "tags": {"team": "search"},
        "modelPriceFactors": {"gpt": "1.2"},
    }


@pytest.mark.parametrize(
    "options",
    ["--alert soon", "--alert 80:loud", "--alert-debounce soon", "--price-factor 1e3", "--price-factor much"],
)
def test_what_cant_be_read_names_its_option_and_nothing_is_sent(options):
    gateway = Gateway()
    ran = run("keys", "create", "--name", "x", *options.split(), gateway=gateway)
    assert (ran.code, gateway.lines) == (2, [])
    assert ran.stderr.startswith(f"Error: {options.split()[0]}: ")


def test_no_alerts_and_the_deployments_alerts_are_two_things():
    gateway = Gateway({f"PUT {PATH}/budget": KEY})
    for word in ("off", "none"):
        run("keys", "budget", ID, "--budget-limit", "5", "--alert", word, gateway=gateway)
    assert [each["budgetAlertThresholds"] for each in gateway.bodies] == [[], None]


def test_structures_are_read_from_files(tmp_path):
    file = tmp_path / "downgrade.json"
    file.write_text('{"rules": [{"from": "a", "to": ["b"]}]}')
    gateway = Gateway({f"PATCH {PATH}": KEY})
    assert run("keys", "edit", ID, "--downgrade", f"@{file}", gateway=gateway).code == 0
    assert gateway.bodies == [{"downgrade": {"rules": [{"from": "a", "to": ["b"]}]}}]
    assert run("keys", "edit", ID, "--downgrade", f"@{file}s", gateway=gateway).code == 2


def test_a_quota_alone_leaves_the_budget_as_it_is():
    gateway = Gateway({f"PATCH {PATH}": KEY, f"PUT {PATH}/budget": KEY})
    assert run("keys", "budget", ID, "--quota-limit", "5", gateway=gateway).code == 0
    assert run("keys", "budget", ID, "--budget-limit", "none", "--if-match", "7", gateway=gateway).code == 0
    assert gateway.lines == [f"PATCH {PATH}", f"PUT {PATH}/budget"]
    assert gateway.bodies == [{"quotaLimit": "5"}, {"budgetLimit": None}]
    assert [each.headers.get("if-match") for each in gateway.requests] == [None, '"7"']


def test_nothing_to_edit_is_wrong_use():
    gateway = Gateway()
    assert run("keys", "edit", ID, gateway=gateway).code == 2
    assert run("keys", "edit", ID, "--editor", "--name", "x", gateway=gateway).code == 2
    assert gateway.lines == []


def test_another_revision_is_a_conflict():
    gateway = Gateway({f"PATCH {PATH}": CONFLICT})
    ran = run("keys", "edit", ID, "--name", "x", "--if-match", "7", gateway=gateway)
    assert ran.code == 5
    assert "The revision is 8." in ran.stderr


@pytest.mark.parametrize(("to", "parent"), [(OTHER, OTHER), ("none", None)])
def test_a_move_sends_the_parent_alone(to, parent):
    gateway = Gateway({f"PATCH {PATH}": KEY})
    assert run("keys", "move", ID, "--to", to, gateway=gateway).code == 0
    assert gateway.bodies == [{"parentId": parent}]


def test_a_raise_takes_the_only_limit_there_is():
    gateway = Gateway({f"GET {PATH}": KEY, f"POST {PATH}/budget/raise": KEY})
    assert (
        run("keys", "raise", ID, "--to", "80", "--until", "2030-01-01T00:00:00Z", gateway=gateway).code == 0
    )
    assert gateway.bodies[-1] == {"window": "total", "limit": "80", "until": "2030-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"budgetLimit": None}, "has no limit of its own"),
        ({"quotaLimit": "5", "quotaPeriod": "week"}, "add --window total or --window week"),
    ],
)
def test_a_raise_of_no_limit_or_of_two_is_wrong_use(fields, said):
    gateway = Gateway({f"GET {PATH}": _key(**fields)})
    ran = run("keys", "raise", ID, "--to", "80", "--for", "7d", gateway=gateway)
    assert (ran.code, gateway.lines) == (2, [f"GET {PATH}"])
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ([], {}),
        (["--quota"], {"budget": False, "quota": True}),
        (["--no-quota"], {"quota": False}),
        (["--budget", "--quota"], {"budget": True, "quota": True}),
    ],
)
def test_a_reset_means_what_it_names(options, body):
    gateway = Gateway({f"POST {PATH}/budget/reset": KEY})
    assert run("keys", "reset", ID, *options, "--yes", gateway=gateway).code == 0
    assert gateway.bodies == [body]


@pytest.mark.parametrize("command", ["revoke", "delete", "rotate", "reset"])
def test_what_destroys_is_refused_without_a_terminal(command):
    gateway = Gateway()
    ran = run("keys", command, "name:Search team", gateway=gateway)
    assert (ran.code, gateway.lines) == (2, [])
    assert "--yes" in ran.stderr


@pytest.mark.parametrize(("typed", "code"), [("Search team", 0), (ID, 0), ("search", 1), ("", 1)])
def test_what_destroys_asks_for_the_name_or_the_id(typed, code):
    gateway = Gateway({f"GET {PATH}": KEY, f"POST {PATH}/revoke": _key(status="revoked")})
    ran = run("keys", "revoke", ID, gateway=gateway, terminal=True, stdin=f"{typed}\n")
    assert ran.code == code
    assert gateway.lines == [f"GET {PATH}", *([f"POST {PATH}/revoke"] if code == 0 else [])]


def test_of_several_keys_their_number_is_asked_for():
    gateway = Gateway(
        {
            f"GET {PATH}": KEY,
            f"GET /api/admin/apiKey/{OTHER}": _key(id=OTHER, name="Other"),
            f"POST {PATH}/revoke": KEY,
            f"POST /api/admin/apiKey/{OTHER}/revoke": _key(id=OTHER),
        }
    )
    assert run("keys", "revoke", ID, OTHER, gateway=gateway, terminal=True, stdin="2\n").code == 0
    assert len(gateway.lines) == 4


def test_what_cant_be_done_to_one_key_is_done_to_the_others():
    refused = httpx.Response(409, json={"status": 409, "detail": "It was used."})
    gateway = Gateway({f"DELETE {PATH}": refused, f"DELETE /api/admin/apiKey/{OTHER}": _key(id=OTHER)})
    ran = run("keys", "delete", ID, OTHER, "--yes", "--json", gateway=gateway)
    assert ran.code == 1
    assert [each["id"] for each in ran.json] == [OTHER]
    assert f"{ID}: It was used." in ran.stderr


def test_one_revision_is_not_that_of_several_keys():
    gateway = Gateway()
    assert run("keys", "revoke", ID, OTHER, "--if-match", "7", "--yes", gateway=gateway).code == 2
    assert gateway.lines == []


def test_a_rotation_prints_the_secret_alone():
    gateway = Gateway({f"POST {PATH}/rotate": _issued("sk-tg-2")})
    ran = run("keys", "rotate", ID, "--grace", "8h", "--yes", gateway=gateway)
    assert (ran.stdout, gateway.bodies) == ("sk-tg-2\n", [{"graceSeconds": 28800}])


def test_an_ambiguous_name_lists_the_keys():
    gateway = Gateway({"GET /api/admin/apiKey": page(KEY, _key(id=OTHER))})
    ran = run("keys", "show", "name:Search team", gateway=gateway)
    assert ran.code == 2
    assert ID in ran.stderr
    assert OTHER in ran.stderr


def test_a_refused_call_ends_with_1_and_says_who_refuses():
    refusal = {
        "reason": "budget_exhausted", "message": "It is used up.", "keyId": OTHER, "keyName": "Above",
        "retryAfter": 12.0,
        "shortage": {"window": "total", "limit": "5", "allowance": "5", "used": "5", "held": "0.5",
                     "cost": "0.1", "resetsAt": None},
    }  # fmt: skip
    answer = {"at": "2026-11-29T00:00:00Z", "model": None, "servedBy": None, "admitted": False,
              "maxCost": "0", "refusal": refusal}  # fmt: skip
    ran = run("keys", "admission", ID, gateway=Gateway({f"GET {PATH}/admission": answer}))
    assert ran.code == 1
    for text in ("Above", "budget_exhausted", "$5.00 of $5.00 used and $0.50 held", "in 12 s"):
        assert text in ran.stdout


def test_a_row_has_the_limit_of_which_most_is_used():
    key = _key(quotaLimit="5", quotaPeriod="week", quotaUsed="4", quotaAllowance="5")
    gateway = Gateway({"GET /api/admin/apiKey": page(key)})
    ran = run("keys", "list", "--no-color", gateway=gateway, terminal=True)
    assert "$4.00  $5.00  week" in ran.stdout
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())


def test_whom_only_a_key_was_given_is_told_of_my():
    ran = run(
        "keys", "list", environment={name: SIGNED_IN[name] for name in ("TOLLGATE_URL", "TOLLGATE_API_KEY")}
    )
    assert ran.code == 3
    assert '"tollgate my --help"' in ran.stderr


def test_a_name_that_no_key_has_comes_with_similar_ones_or_with_how_to_look():
    keys = [_key(name="Search team", externalId="search-team"), _key(name="Billing", externalId=None)]

    def answer(request):
        return page(*([] if set(request.url.params) & {"search", "externalId"} else keys))

    gateway = Gateway({"GET /api/admin/apiKey": answer})
    ran = run("keys", "show", "serch-team", gateway=gateway)
    assert (ran.code, ran.stderr) == (
        4,
        'Error: The key "serch-team" was not found.\nSimilar: "ext:search-team", "name:Search team"\n',
    )
    ran = run("keys", "show", "name:zzz", gateway=gateway)
    assert ran.stderr.splitlines()[1] == 'Look for it by "tollgate keys list --search TEXT".'


def test_the_budget_among_the_options_of_an_edit_is_shown_its_own_command():
    ran = run("keys", "edit", ID, "--budget-limit", "5")
    assert (ran.code, ran.stderr.splitlines()[0]) == (
        2,
        'Error: The budget is changed by "tollgate keys budget".',
    )


def test_without_a_terminal_a_question_is_one_sentence_and_what_to_add():
    ran = run("keys", "revoke", "name:Search team", "ext:a")
    assert (ran.code, ran.stderr) == (
        2,
        "Error: Revoke name:Search team, ext:a? There is no terminal to ask at: add --yes.\n",
    )
