"""What a provider's status and headers may tell a client, and who is asked where one won't serve."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.bare_targets import GOOD_COST, GOODS, code_of, http, scenario, targets
from tests.support.gateway_world import CALLS, error_of

if TYPE_CHECKING:
    from types import SimpleNamespace

SECRET = "sk-provider-secret"


def refusal(status: str, body: Any, *lines: str) -> bytes:
    return http(body, "application/json", status, *lines)


def told(message: str, code: str | None = None, type_: str | None = None) -> dict[str, Any]:
    return {"error": {"message": f"{message} {SECRET}", "code": code, "type": type_}}


# What is wrong with Tollgate's credential or account, as vendors say it.
ACCOUNT: dict[str, tuple[str, bytes]] = {
    "x1": ("chat", scenario("x1-401-of-one-target.json")),
    "x5": ("chat", scenario("x5-provider-401-single-target.json")),
    **{
        f"{api}, {status}": (api, refusal(status, told("Incorrect API key provided:")))
        for api in CALLS
        for status in ("401 Unauthorized", "402 Payment Required", "403 Forbidden")
    },
    "a page": ("chat", http(b"<html>401</html>", "text/html", "401 Unauthorized")),
    "no body": ("chat", http(b"", "text/plain", "401 Unauthorized", "www-authenticate: Bearer")),
    "OpenAI's quota": ("chat", refusal("429 No", told("Over.", "insufficient_quota", "insufficient_quota"))),
    "OpenAI's limit": ("chat", refusal("400 No", told("Over.", "billing_hard_limit_reached"))),
    "Anthropic's credits": (
        "messages",
        refusal(
            "400 No",
            {
                "type": "error",
                "error": {"type": "invalid_request_error", "message": "Your credit balance is too low."},
            },
        ),
    ),
    "Google's key": ("chat", refusal("400 No", [told("API key not valid.")])),
    "DeepSeek's balance": ("chat", refusal("402 No", told("Insufficient Balance"))),
}


@pytest.mark.parametrize(("api", "answer"), ACCOUNT.values(), ids=ACCOUNT)
def test_a_refused_account_is_never_told_as_the_clients(lane, api, answer):
    with targets(lane, answer, api=api) as asked:
        refused = asked.ask(api)

    assert code_of(api, refused) == (502, "provider_authentication")
    error = error_of(refused)
    assert error["message"].startswith(
        f"The provider {asked.record['provider_id'][4:].replace('_', '-')} rejected "
    )
    assert "credential or account" in error["message"]
    assert SECRET not in refused.text
    assert "www-authenticate" not in refused.headers
    assert refused.headers["x-should-retry"] == "false"
    lane.assert_settled("0", outcome="failed", http_status=int(answer[9:12]), attempts=[])


@pytest.mark.parametrize(("api", "answer"), ACCOUNT.values(), ids=ACCOUNT)
def test_a_target_that_refuses_tollgate_is_passed_over(lane, api, answer):
    with targets(lane, answer, GOODS[api], api=api) as asked:
        served = asked.ask(api)

    assert (served.status, asked.asked) == (200, [1, 1])
    (attempt,) = asked.record["attempts"]
    assert (attempt["fault"], attempt["http_status"], attempt["cost"]) == ("status", int(answer[9:12]), 0)
    lane.assert_settled(str(GOOD_COST[api]), outcome="succeeded", http_status=200)


def test_when_all_refuse_tollgate_the_client_is_told_once_all_were_asked(lane):
    with targets(lane, *[refusal("401 No", told("no"))] * 3) as asked:
        assert code_of("chat", asked.ask()) == (502, "provider_authentication")
        assert asked.asked == [1, 1, 1]


TOO_LONG = {
    "x2": ("chat", scenario("x2-context-length-400.json")),
    "Anthropic": (
        "messages",
        refusal(
            "400 No",
            {
                "type": "error",
                "error": {"type": "invalid_request_error", "message": "prompt is too long: 3 > 2 maximum"},
            },
        ),
    ),
    "Groq": ("chat", refusal("413 No", {"error": {"message": "Please reduce the length of the messages."}})),
    "TGI": ("chat", refusal("422 No", {"error": "`inputs` tokens + `max_new_tokens` must be <= 4096"})),
}


@pytest.mark.parametrize(("api", "answer"), TOO_LONG.values(), ids=TOO_LONG)
def test_a_request_that_is_too_long_for_one_target_goes_to_the_next(lane, api, answer):
    """For as often as it comes: it says nothing of the target."""
    with targets(lane, answer, GOODS[api], api=api) as asked:
        gateway = asked.gateway()
        for _ in range(4):
            assert asked.ask(api, gateway=gateway).status == 200
        assert asked.asked == [4, 4]
    assert len(lane.assert_all_settled(4)) == 4


@pytest.mark.parametrize(("api", "answer"), TOO_LONG.values(), ids=TOO_LONG)
def test_the_last_targets_word_on_it_passes_unchanged(lane, api, answer):
    with targets(lane, answer, answer, api=api) as asked:
        refused = asked.ask(api)
        assert asked.asked == [1, 1]
    assert refused.status == int(answer[9:12])
    assert refused.text.encode() == answer.partition(b"\r\n\r\n")[2]
    lane.assert_settled("0", outcome="failed")


def test_a_model_that_is_gone_at_one_target_may_be_at_another(lane):
    gone = refusal("404 Not Found", {"error": {"code": "model_not_found", "message": "It is gone."}})
    with targets(lane, gone, GOODS["chat"]) as asked:
        assert (asked.ask().status, asked.asked) == (200, [1, 1])
    with targets(lane, gone, gone) as asked:
        refused = asked.ask()
        assert (refused.status, asked.asked) == (404, [1, 1])
        assert error_of(refused)["code"] == "model_not_found"


def test_a_request_that_is_wrong_is_asked_of_nobody_else(lane):
    wrong = refusal("400 Bad Request", {"error": {"message": "Invalid value", "code": "invalid_value"}})
    with targets(lane, wrong, GOODS["chat"]) as asked:
        assert (asked.ask().status, asked.asked) == (400, [1, 0])


NO_STATUSES = [
    "301 Moved",
    "302 Found",
    "304 Not Modified",
    "307 Temporary",
    "308 Permanent",
    "101 Other",
    "199 What",
]
NO_STATUSES += ["600 What", "999 Denied"]


@pytest.mark.parametrize("status", NO_STATUSES)
@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
def test_a_status_that_is_none_of_an_answer_is_a_bad_gateway(lane, status, streams):
    answer = refusal(status, {"error": {"message": SECRET}}, "location: https://inside.example/login?next=1")
    with targets(lane, answer) as asked:
        refused = asked.ask(stream=streams)
    assert code_of("chat", refused) == (502, "provider_unavailable")
    assert "location" not in refused.headers
    assert not {SECRET, "inside.example"} & set(refused.text.split())
    assert "inside" not in refused.text
    lane.assert_settled("0", outcome="failed", http_status=int(status[:3]))


@pytest.mark.parametrize("status", NO_STATUSES)
def test_another_target_is_asked_then(lane, status):
    with targets(lane, refusal(status, {}, "location: /elsewhere"), GOODS["chat"]) as asked:
        assert (asked.ask().status, asked.asked) == (200, [1, 1])
    lane.assert_settled(str(GOOD_COST["chat"]), outcome="succeeded")


@pytest.mark.parametrize(
    "answered",
    [
        partial(scenario, "x4-retry-after-date.json"),  # a minute from when it answers
        partial(refusal, "429 Slow", {"error": {"message": "slow down"}}, "retry-after-ms: 60000"),
        partial(refusal, "503 Busy", b"", "retry-after: 60"),
    ],
    ids=["x4", "milliseconds", "seconds"],
)
def test_a_target_that_wants_to_be_left_alone_is(lane, answered):
    with targets(lane, answered(), GOODS["chat"]) as asked:
        gateway = asked.gateway()
        for _ in range(3):
            assert asked.ask(gateway=gateway).status == 200
        assert asked.asked == [1, 3]


def test_a_target_that_fails_at_one_api_is_asked_for_another(lane):
    busy = refusal("429 Slow", {"error": {"message": "slow down"}}, "retry-after: 60")
    with targets(lane, [busy, GOODS["responses"]], GOODS["chat"]) as asked:
        gateway = asked.gateway()
        assert asked.ask(gateway=gateway).headers["x-tollgate-provider"].startswith("b-")
        assert asked.ask("responses", gateway=gateway).headers["x-tollgate-provider"].startswith("a-")


def count(lane: Any, asked: Any, gateway: Any) -> SimpleNamespace:
    path, body = CALLS["messages"]
    answer: SimpleNamespace = lane.call(
        {"model": asked.name, "messages": body["messages"]}, path=f"{path}/count_tokens", gateway=gateway
    )
    return answer


def test_counting_tokens_neither_knows_nor_changes_a_targets_health(lane):
    broken, counted = refusal("500 No", {"type": "error"}), http({"input_tokens": 3})
    with targets(lane, [broken] * 5 + [GOODS["messages"], counted], [counted], api="messages") as asked:
        gateway = asked.gateway()
        for _ in range(5):
            assert json.loads(count(lane, asked, gateway).text) == {"input_tokens": 3}
        assert asked.asked == [5, 5]
        assert asked.ask("messages", gateway=gateway).headers["x-tollgate-provider"].startswith("a-")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refusal("401 No", told("no")), "provider_authentication"),
        (refusal("302 Found", b"", "location: /login"), "provider_unavailable"),
    ],
)
def test_what_is_free_is_refused_in_the_same_words(lane, answer, code):
    with targets(lane, answer, api="messages") as asked:
        refused = count(lane, asked, asked.gateway())
    assert code_of("messages", refused) == (502, code)
    assert "location" not in refused.headers


FOREIGN = {
    "x-tollgate-cost-usd": "0",
    "x-tollgate-budget-remaining-usd": "999",
    "x-tollgate-forged": "1",
    "x-should-retry": "true",
    "access-control-allow-origin": "*",
    "clear-site-data": '"*"',
    "strict-transport-security": "max-age=1",
    "alt-svc": 'h3=":443"',
    "content-security-policy": "none",
    "set-cookie": "session=1",
    "set-cookie2": "session=1",
    "location": "/elsewhere",
    "www-authenticate": "Bearer",
    "proxy-authenticate": "Basic",
    "x-hop": "1",
    "connection": "close, x-hop",
}


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
def test_a_providers_headers_do_not_speak_for_tollgate(lane, status):
    lines = [f"{name}: {value}" for name, value in FOREIGN.items()]
    body = GOODS["chat"].partition(b"\r\n\r\n")[2]
    with targets(lane, http(body, "application/json", status, *lines, "x-theirs: 1")) as asked:
        answer = asked.ask()
    assert answer.status == int(status[:3])
    assert answer.headers["x-theirs"] == "1"
    # The lane's key has a budget.
    assert answer.headers["x-tollgate-cost-usd"] == str(asked.record["calculated_cost"].normalize())
    assert answer.headers["x-tollgate-budget-remaining-usd"] != "999"
    own = {"x-tollgate-cost-usd", "x-tollgate-budget-remaining-usd"}
    assert not (FOREIGN.keys() - own) & answer.headers.keys()


@pytest.mark.parametrize(
    "lines",
    [
        [f"x-many-{number}: {number}" for number in range(400)],
        [f"x-long: {'1' * 70_000}"],
        ["x-large: " + "1" * 9000],
    ],
    ids=["many", "long", "large"],
)
def test_headers_beyond_all_measure_are_dropped_and_the_call_is_not(lane, lines):
    body = GOODS["chat"].partition(b"\r\n\r\n")[2]
    with targets(lane, http(body, "application/json", "200 OK", *lines, "retry-after: 7")) as asked:
        answer = asked.ask()
    assert (answer.status, answer.headers["content-type"], answer.headers["retry-after"]) == (
        200,
        "application/json",
        "7",
    )
    assert sum(len(name) + len(value) for name, value in answer.headers.items()) < 8 * 1024
    lane.assert_settled(str(GOOD_COST["chat"]), outcome="succeeded", prompt_tokens=10)
