"""`tollgate usage` and `estimate`, for a key's holder."""

from __future__ import annotations

import httpx
import pytest

from tests.support.cli_runner import Gateway, run
from tests.support.shown_rows import row

USAGE = "GET /v1/usage"
ESTIMATE = "POST /v1/estimate"


def budget(**fields):
    return row(
        "BudgetView", "client",
        **{"window": "total", "limit": "50", "allowance": "50", "used": "45.5", "held": "0", "packs": "0",
           "remaining": "4.5", "exhausted": False, "resetsAt": None, "forecast": None, **fields},
    )  # fmt: skip


def day(number, cost):
    requests = 1 if cost != "0" else 0
    return row("OwnDayRow", "client", date=f"2026-11-{number:02}", cost=cost, requests=requests)


def usage(**fields):
    return row(
        "UsageView", "client",
        **{"name": "Search", "status": "active", "blockedBy": [], "pace": None, "tree": False,
           "from": "2026-11-01", "to": "2026-11-03", "zone": "Europe/Berlin",
           "totals": row("ChargedView", "client", requests=12, failed=1, totalTokens=3_400, cost="45.5"),
           "budgets": [budget(), budget(window="month", resetsAt="2026-12-01T00:00:00Z", held="0.25")],
           "rateLimits": {"requests": {"limit": 60, "remaining": 59}, "tokens": None, "parallel": None,
                          "resetsAt": "2026-11-03T00:01:00Z"},
           "byDay": [day(1, "0.5"), day(2, "0"), day(3, "45")],
           "byModel": [row("OwnModelRow", "client", model="gpt-5.5", cost="45.5", requests=12)], **fields},
    )  # fmt: skip


def test_usage_shows_budgets_models_and_days():
    ran = run("usage", "--no-color", gateway=Gateway({USAGE: usage()}), terminal=True)
    assert ran.code == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert lines[0] == "Search"
    assert any(line.split()[:4] == ["in", "all", "$45.50", "$50.00"] and "━" in line for line in lines)
    assert "a month: $0.25 held for calls that run; starts again 2026-12-01 00:00 UTC" in lines
    assert "Left now: 59 of 60 requests this minute" in lines
    assert "▂▁█" in lines
    assert [line.split()[0] for line in lines if line.startswith("2026-11-0")] == [
        "2026-11-01", "2026-11-01", "2026-11-03",
    ]  # fmt: skip


def test_usage_says_that_a_budget_above_refuses():
    block = row("BlockView", "client", scope="key_above", window="day", resetsAt="2026-11-04T00:00:00Z")
    ran = run("usage", gateway=Gateway({USAGE: usage(blockedBy=[block], budgets=[])}))
    assert "Refused until 2026-11-04 00:00 UTC: a budget above (day) is used up." in ran.stdout
    assert "No budget of its own." in ran.stdout


def test_usage_of_nothing_has_no_pictures():
    nothing = row("ChargedView", "client", requests=0, failed=0, totalTokens=0, cost="0")
    ran = run("usage", gateway=Gateway({USAGE: usage(totals=nothing, byDay=[], byModel=[])}))
    assert ran.stdout.splitlines()[-1] == "$0.00 for 0 requests, 0 failed, 0 tokens"


def test_usage_as_json_is_what_the_api_answers():
    gateway = Gateway({USAGE: usage()})
    ran = run(
        "usage", "--from", "2026-11-01", "--key", "key_0123456789abcdef", "--tree", "--json", gateway=gateway
    )
    assert ran.json == usage()
    assert gateway.lines == ["GET /v1/usage?from=2026-11-01&keyId=key_0123456789abcdef&tree=true"]
    assert gateway.requests[0].headers["authorization"] == "Bearer sk-tg-holder"


def test_without_a_key_usage_says_how_to_get_one():
    ran = run("usage", environment={"TOLLGATE_URL": "https://gateway.example.com"})
    assert (ran.code, ran.stdout) == (3, "")


def estimate(**fields):
    return row(
        "Estimate", "client",
        **{"maxCost": "0.0001236", "inputTokens": 24, "outputTokens": 200, "outputLimited": True,
           "admitted": True, "refusal": None,
           "budgets": [row("EstimateBudget", "client", window="total", remainingAfter="3.9998764")],
           **fields},
    )  # fmt: skip


def test_an_estimate_of_a_prompt():
    gateway = Gateway({ESTIMATE: estimate()})
    ran = run("estimate", "--model", "gpt-5.5", "--prompt", "Hello", "--max-tokens", "200", gateway=gateway)
    assert ran.code == 0, ran.stderr
    assert gateway.bodies == [
        {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 200}
    ]
    assert "would be let through" in ran.stdout
    assert "$0.0001236" in ran.stdout
    assert "$3.9998764" in ran.stdout


@pytest.mark.parametrize(
    ("endpoint", "path", "fields"),
    [
        ("responses", "/v1/responses", {"input": "Hi", "max_output_tokens": 9}),
        ("embeddings", "/v1/embeddings", {"input": "Hi", "max_tokens": 9}),
        ("messages", "/v1/messages", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9}),
    ],
)
def test_each_endpoint_has_its_prompt_where_it_belongs(endpoint, path, fields):
    gateway = Gateway({ESTIMATE: estimate()})
    words = ["--model", "m", "--endpoint", endpoint, "--prompt-file", "-", "--max-tokens", "9"]
    run("estimate", *words, stdin="Hi", gateway=gateway)
    assert gateway.requests[0].url.params["endpoint"] == path
    assert gateway.bodies == [{"model": "m", **fields}]


def test_a_whole_call_can_come_from_a_file_with_options_on_top(tmp_path):
    call = tmp_path / "call.json"
    call.write_text('{"model": "a", "input": [1], "temperature": 0.1}')
    gateway = Gateway({ESTIMATE: estimate()})
    assert run("estimate", "--json-body", str(call), "--model", "b", gateway=gateway).code == 0
    assert gateway.bodies[0]["model"] == "b"


def test_a_call_that_would_be_refused_exits_with_1():
    error = row("ErrorBody", "client", message="The budget is used up.")
    refusal = row("EstimateRefusal", "client", status=402, retryAfter=None, error=error)
    gateway = Gateway({ESTIMATE: estimate(admitted=False, refusal=refusal)})
    ran = run("estimate", "--model", "gpt-5.5", "--prompt", "Hello", gateway=gateway)
    assert ran.code == 1
    assert "would be refused: The budget is used up. (402)" in ran.stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--model", "m"],
        ["--prompt", "p"],
        ["--model", "m", "--prompt", "p", "--prompt-file", "-"],
        ["--model", "m", "--prompt-file", "/nowhere/prompt.txt"],
        ["--prompt-file", "-", "--json-body", "-"],
        ["--model", "m", "--prompt", "p", "--endpoint", "speech"],
        ["--model", "m", "--prompt", "p", "--max-tokens", "0"],
    ],
)
def test_a_call_that_is_not_whole_sends_nothing(words):
    gateway = Gateway()
    ran = run("estimate", *words, gateway=gateway)
    assert (ran.code, gateway.lines, ran.stdout) == (2, [], "")


def test_an_error_of_self_service_is_told():
    body = {
        "error": {
            "message": "There is no model x.",
            "type": "invalid_request_error",
            "code": "model_not_found",
        }
    }
    gateway = Gateway({ESTIMATE: httpx.Response(404, json=body)})
    ran = run("estimate", "--model", "x", "--prompt", "p", gateway=gateway)
    assert (ran.code, ran.stderr) == (4, "Error: There is no model x.\n")
