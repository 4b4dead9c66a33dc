"""`tollgate requests`, `alerts` and `audit`: what they send and show."""

from __future__ import annotations

import httpx
import pytest

from tests.support.cli_runner import Gateway, page, run
from tests.support.shown_rows import row
from tollgate_cli.commands.records.audit_command import differences

REQUEST = "req_01m4z6n8c4abcdefghjkmnpqrs"
REQUESTS = "GET /api/admin/requests"
ALERTS = "GET /api/admin/alerts"
AUDIT = "GET /api/admin/audit"
FAULT = httpx.Response(500, json={"title": "Fault", "status": 500, "detail": "Something broke."})


def listed(**fields):
    return row(
        "ListedRequestView",
        **{
            "id": REQUEST, "keyName": "Search team of the whole company", "outcome": "succeeded",
            "model": "claude-opus-5-5", "createdAt": "2026-11-29T12:34:56.789Z", "promptTokens": 120_000,
            "completionTokens": 3_456, "calculatedCost": "12.345678", **fields,
        },
    )  # fmt: skip


def wide_lines(text, width=80):
    return [line for line in text.splitlines() if len(line) > width]


def test_a_list_of_requests_fits_the_terminal_with_its_figures_whole():
    gateway = Gateway({REQUESTS: page(listed(), listed(outcome="failed", httpStatus=503))})
    ran = run("requests", "list", "--no-color", gateway=gateway, terminal=True)
    heading, first, second = ran.stdout.splitlines()
    assert wide_lines(ran.stdout) == []
    assert "11-29 12:34:56" in first
    assert "123,456" in first
    assert first.endswith("$12.345678")
    assert "failed 503" in second
    assert "ID" not in heading


def test_in_a_pipe_a_list_of_requests_has_their_ids():
    ran = run("requests", "list", gateway=Gateway({REQUESTS: page(listed())}))
    assert ran.stdout.splitlines()[1].startswith(
        f"{REQUEST}  11-29 12:34:56  Search team of the whole company  "
    )


def test_filters_are_sent():
    gateway = Gateway({REQUESTS: page()})
    ran = run(
        "requests", "list", "--since", "2026-11-01", "--until", "2026-11-02T00:00:00Z", "--key",
        "key_0123456789abcdef", "--model", "gpt-5.5", "--provider", "openai", "--outcome", "failed",
        "--status", "429", "--not-streamed", "--session", "talk 1",
        gateway=gateway,
    )  # fmt: skip
    assert (ran.code, ran.stderr) == (0, "No requests.\n")
    assert gateway.lines == [
        "GET /api/admin/requests?from=2026-11-01&to=2026-11-02T00%3A00%3A00Z&keyId=key_0123456789abcdef"
        "&model=gpt-5.5&provider=openai&outcome=failed&status=429&streamed=false&sessionId=talk+1"
    ]


def test_the_newest_are_listed_and_the_rest_is_said():
    gateway = Gateway({REQUESTS: page(*[listed()] * 4)})
    ran = run("requests", "list", "-n", "3", "--json", gateway=gateway)
    assert len(ran.json) == 3
    assert ran.stderr == "Older ones are left out: a larger --limit shows more.\n"
    assert run("requests", "list", "-n", "4", "--json", gateway=gateway).stderr == ""


@pytest.mark.parametrize(
    "words", [["--since", "soon"], ["--outcome", "lost"], ["-n", "0"], ["--limit", "many"]]
)
def test_wrong_filters_send_nothing(words):
    gateway = Gateway()
    ran = run("requests", "list", *words, gateway=gateway)
    assert (ran.code, gateway.lines, ran.stdout) == (2, [], "")


def single(**fields):
    return row(
        "SingleRequestView",
        **{
            "id": REQUEST, "keyId": "key_0123456789abcdef", "outcome": "failed", "httpStatus": 529,
            "scopes": ["key_0123456789abcdef", "key_gone"], "keyNames": {"key_0123456789abcdef": "Search"},
            "calculatedCost": "0.0125", "providerCost": "0.01", "priceFactor": "1.25", "minimumFee": "0",
            "breakdown": [row("LineView", item="cached_input", quantity=12_000, cost="0.0015")],
            "attempts": [row("AttemptView", fault="rate_limited", httpStatus=429)],
            "packDraws": [row("PackDrawView", packId="pck_1", amount="0.005")],
            "tokens": {"input": 0, "cached_input": 12_000}, "tags": {"team": "search"}, **fields,
        },
    )  # fmt: skip


def test_a_request_is_shown_with_its_bill_and_attempts():
    gateway = Gateway({f"{REQUESTS}/{REQUEST}": single()})
    ran = run("requests", "show", REQUEST, "--no-color", gateway=gateway, terminal=True)
    assert ran.code == 0, ran.stderr
    assert wide_lines(ran.stdout) == []
    for part in (
        "failed 529", "Search < key_gone", "team=search", "1.25 times the price", "$0.0125",
        "cached input", "12,000", "$0.0015", "rate limited (429)", "pck_1",
    ):  # fmt: skip
        assert part in ran.stdout


def test_names_of_a_request_do_nothing_to_the_terminal():
    gateway = Gateway({f"{REQUESTS}/{REQUEST}": single(model="\x1b[2Jgpt", tags={"a": "\x07"})})
    ran = run("requests", "show", REQUEST, gateway=gateway)
    assert "\\x1b[2Jgpt" in ran.stdout
    assert "\x1b" not in ran.stdout
    assert "\x07" not in ran.stdout


def test_a_request_that_is_gone_is_not_found():
    ran = run("requests", "show", REQUEST)
    assert ran.code == 4
    assert ran.stderr == f"Error: There is no /api/admin/requests/{REQUEST}. (request request-1)\n"


def test_bodies_are_shown_line_by_line():
    sent = row("BodyView", body='{"a":\n1}\x1b', encoding="text", size=2_048, truncated=True)
    answered = row("BodyView", body="AAE=", encoding="base64", size=2, truncated=False)
    found = row("BodiesView", id=REQUEST, request=sent, response=answered)
    ran = run("requests", "bodies", REQUEST, gateway=Gateway({f"{REQUESTS}/{REQUEST}/bodies": found}))
    assert ran.stdout.splitlines()[-6:] == [
        "Sent (2,048 bytes, of which this is the beginning)",
        '{"a":',
        "1}\\x1b",
        "",
        "Answered (2 bytes, in base64)",
        "AAE=",
    ]


EXPORT = f"{REQUESTS}/export"


def test_an_export_goes_out_as_it_comes():
    answer = httpx.Response(200, headers={"content-type": "text/csv"}, text="id\nreq_1\n")
    gateway = Gateway({EXPORT: answer})
    ran = run("requests", "export", "--since", "2026-11-01", gateway=gateway)
    assert (ran.code, ran.stdout) == (0, "id\nreq_1\n")
    assert gateway.lines == ["GET /api/admin/requests/export?from=2026-11-01"]


@pytest.mark.parametrize(("words", "sent"), [(["--json"], "jsonl"), (["--as", "csv"], "csv")])
def test_the_form_of_an_export_can_be_chosen(words, sent):
    gateway = Gateway(
        {EXPORT: httpx.Response(200, headers={"content-type": "application/x-ndjson"}, text="{}\n")}
    )
    run("requests", "export", *words, gateway=gateway)
    assert gateway.lines == [f"GET /api/admin/requests/export?format={sent}"]


class _BreaksOff(httpx.SyncByteStream):
    def __iter__(self):
        yield b"id\nreq_1\n"
        raise httpx.ReadError("reset")


def test_an_export_that_breaks_off_leaves_the_file_as_it_was(tmp_path):
    target = tmp_path / "november.csv"
    target.write_text("of before")
    answer = httpx.Response(200, headers={"content-type": "text/csv"}, stream=_BreaksOff())
    ran = run("requests", "export", "-o", str(target), gateway=Gateway({EXPORT: answer}))
    assert ran.code == 6
    assert "incomplete" in ran.stderr
    assert target.read_text() == "of before"
    assert list(tmp_path.iterdir()) == [target]


def test_alerts_are_listed_with_what_became_of_them():
    failed = row("DeliveryView", state="failed", error="mailbox full")
    alerts = [
        row("AlertView", keyName="Search", kind="threshold", percent=80, used="8", limit="10", deliveries=[]),
        row("AlertView", keyName="Search", kind="pack_expiring", percent=None, deliveries=[failed]),
    ]
    ran = run("alerts", "list", "--no-color", gateway=Gateway({ALERTS: page(*alerts)}), terminal=True)
    assert wide_lines(ran.stdout) == []
    assert "80% threshold" in ran.stdout
    assert "$8.00 of $10.00" in ran.stdout
    assert "pack expiring" in ran.stdout
    assert "failed: mail" not in ran.stdout
    assert ran.stdout.splitlines()[2].endswith("  failed")
    assert "failed: mailbox full" in run("alerts", "list", gateway=Gateway({ALERTS: page(*alerts)})).stdout


DEFAULTS = {
    "budgetAlertThresholds": [{"percent": 80, "level": "warning", "notify": ["owner", "admin"]}],
    "debounceSeconds": 3600,
    "remindAfterSeconds": None,
    "forecastDays": 3,
    "notifyRecovery": True,
    "adminEmails": ["budgets@example.com"],
    "consoleUrl": None,
    "revision": 7,
}


def test_alert_defaults_are_shown_in_words():
    gateway = Gateway({f"{ALERTS}/defaults": DEFAULTS})
    lines = run("alerts", "defaults", "show", gateway=gateway).stdout.splitlines()
    assert "Thresholds           80% warning to owner, admin" in lines
    assert "Quiet after one for  1 hour" in lines
    assert "Reminder after       never" in lines


def test_setting_a_default_keeps_the_others_at_the_revision_that_was_read():
    gateway = Gateway({f"{ALERTS}/defaults": DEFAULTS, "PUT /api/admin/alerts/defaults": DEFAULTS})
    ran = run("alerts", "defaults", "set", "--forecast-days", "5", gateway=gateway)
    assert ran.code == 0, ran.stderr
    expected = {**DEFAULTS, "forecastDays": 5}
    del expected["revision"]
    assert gateway.bodies[1] == expected
    assert gateway.requests[1].headers["if-match"] == '"7"'


def test_defaults_that_somebody_else_changes_are_left_alone():
    changed = httpx.Response(412, json={"title": "Changed", "status": 412, "detail": "It is at revision 8."})
    gateway = Gateway({f"{ALERTS}/defaults": DEFAULTS, "PUT /api/admin/alerts/defaults": changed})
    assert run("alerts", "defaults", "set", "--forecast-days", "5", gateway=gateway).code == 5


def test_a_test_alert_says_who_will_be_told():
    told = [row("DeliveryView", address="a@example.com"), row("DeliveryView", channel="topic", address=None)]
    gateway = Gateway({"POST /api/admin/alerts/test": row("AlertView", deliveries=told)})
    ran = run("alerts", "test", "--key", "key_0123456789abcdef", "--percent", "95", gateway=gateway)
    assert gateway.bodies == [{"keyId": "key_0123456789abcdef", "percent": 95}]
    assert "a@example.com, topic" in ran.stdout
    assert run("alerts", "test").code == 2


def test_changes_are_shown_by_their_differences():
    change = row(
        "ChangeView", entity="key_1", entityName="Search\x1b", actions=["key.update"], actorName="Finance",
        at="2026-11-29T12:34:56Z", requestId="r-1", before={"name": "Old", "same": 1, "tags": {"a": "1"}},
        after={"name": "Search", "same": 1, "tags": {"a": "2"}},
    )  # fmt: skip
    ran = run("audit", gateway=Gateway({AUDIT: page(change)}))
    assert ran.stdout.splitlines() == [
        "2026-11-29 12:34:56 UTC  key.update  Search\\x1b (key_1)",
        "  by Finance, request r-1",
        "  - name: Old",
        "  + name: Search",
        "  - tags.a: 1",
        "  + tags.a: 2",
    ]


def test_differences_have_no_line_for_nothing():
    before = {"a": None, "b": [1], "c": {}, "d": ["x"], "e": False}
    after = {"a": "5", "b": None, "d": [], "f": [], "e": 0}
    assert list(differences(before, after)) == [
        ("+", "a", "5"),
        ("-", "b", "[1]"),
        ("-", "d", '["x"]'),
        ("+", "d", "[]"),
    ]


def test_what_a_new_thing_leaves_to_its_default_has_no_line():
    after = {"name": "a", "soft": False, "spent": "0", "mode": "x"}
    assert list(differences({}, after)) == [("+", "name", "a"), ("+", "mode", "x")]
    assert ("+", "soft", "false") in list(differences({"soft": True}, after))


def test_the_version_of_prices_has_no_line_to_itself_if_there_is_one():
    prices = "prices.mdl_0123456789abcdef0123:8"
    change = row(
        "ChangeView", before={prices: {"inputPrice": "0.59"}}, after={prices: {"inputPrice": "0.52"}}
    )
    lines = run("audit", gateway=Gateway({AUDIT: page(change)})).stdout.splitlines()
    assert lines[-2:] == ["  - inputPrice: 0.59", "  + inputPrice: 0.52"]


def test_filters_of_the_audit_are_sent():
    gateway = Gateway({AUDIT: page()})
    ran = run(
        "audit", "--entity", "alerts", "--actor", "adm_1", "--action", "key.create", "--from", "2026-11-01",
        "--to", "2026-11-02", gateway=gateway,
    )  # fmt: skip
    assert (ran.stdout, ran.stderr) == ("", "No changes.\n")
    assert gateway.lines == [
        "GET /api/admin/audit?entity=alerts&from=2026-11-01&to=2026-11-02&actor=adm_1&action=key.create"
    ]


def test_the_audit_is_what_the_api_answers_as_json():
    change = row("ChangeView")
    assert run("audit", "--json", gateway=Gateway({AUDIT: page(change)})).json == [change]


@pytest.mark.parametrize("words", ["requests show req_1", "alerts defaults show"])
def test_a_fault_of_the_gateway_is_told(words, monkeypatch):
    monkeypatch.setattr("tollgate_client.api_client.attempts.wait_after_answer", lambda *_: None)
    gateway = Gateway({f"{REQUESTS}/req_1": FAULT, f"{ALERTS}/defaults": FAULT})
    ran = run(*words.split(), gateway=gateway)
    assert (ran.code, ran.stdout, ran.stderr) == (6, "", "Error: Something broke.\n")
