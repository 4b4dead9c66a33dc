"""Models with fallbacks: who serves when one fails, what that costs, and what the client is told."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.free_ports import LOOPBACK, free_ports
from tests.support.builders import model, provider
from tests.support.gateway_world import Lane, Server, serving
from tests.support.invariants import assert_consistent
from tollgate.catalog import catalog
from tollgate.catalog.catalog import ModelType, ProviderType
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.scopes import Enforcement
from tollgate_proxy.upstream.provider_calls import Timeouts, Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

USED = {"prompt_tokens": 100, "completion_tokens": 200}
DEAR: dict[str, Any] = {"input_price": "1.5", "output_price": "6"}
DEAR_COST = (100 * Decimal("1.5") + 200 * Decimal(6)) / 1_000_000
# An estimate of what was sent, which is all that a request that was lost is charged for.
LOST_INPUT = 4 * Decimal("0.15") / 1_000_000
TOO_LONG = {"status": 400, "error_code": "context_length_exceeded"}
FROM, REASON = "x-tollgate-fallback-from", "x-tollgate-fallback-reason"


class Fallbacks:
    """A model at one server, and others that stand in for it at another one."""

    def __init__(self, lane: Lane, first: Server, second: Server) -> None:
        self.lane, self.first, self.second = lane, first, second
        first.reset()
        second.reset()

    def ask(self, name: str = "own", *, api: str = "chat", **asked: Any) -> SimpleNamespace:
        upstream = Upstream(Timeouts(first_byte=asked.pop("first_byte", 10)))
        dispatcher = self.lane.dispatcher(upstream, pause=lambda _: None)
        gateway = self.lane.gateway(dispatcher=dispatcher)
        return self.lane.ask(api, gateway=gateway, model=name, **asked)

    def asked(self) -> tuple[int, int]:
        return len(self.first.received), len(self.second.received)

    def sent(self) -> list[str]:
        """Which models the second server was asked for."""
        return [each["body"]["model"] for each in self.second.received]


@pytest.fixture(scope="module")
def servers(lanes) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(name)) for name in ("own-server", "other-server"))
        lanes.serve("other", second, context_limit=8000, **DEAR)
        lanes.serve("long", second, context_limit=100_000, **DEAR)
        lanes.serve("unknown", second)
        named = ("nobody", "vectors", "other", "long")
        lanes.serve("vectors", second, type=ModelType.EMBEDDING)
        lanes.serve("own", first, context_limit=8000, fallbacks=named)
        lanes.serve("abroad", first, context_limit=8000, fallbacks=("haiku",))
        lanes.serve("alone", first, context_limit=8000, fallbacks=("other", "unknown"))
        nowhere = Server("no-server", f"http://{LOOPBACK}:{free_ports(1)[0]}")
        lanes.serve("gone", nowhere, fallbacks=("other", "own"))
        lanes.serve("circular", nowhere, fallbacks=("circular", "gone"))
        for server, name in ((second, "haiku"), (first, "sonnet")):
            url, of_claude = f"{server.url}/v1", f"prv_{name}"
            made = provider(url, id=of_claude, name=f"{name}-server", type=ProviderType.ANTHROPIC)
            lanes.catalog.add_provider(made)
            lanes.catalog.add_model(model(name, provider_id=of_claude, fallbacks=("haiku",)))
        yield first, second


@pytest.fixture
def fallbacks(lane, servers) -> Fallbacks:
    return Fallbacks(lane, *servers)


def served(answer: SimpleNamespace) -> tuple[str, str | None, str | None]:
    assert answer.status == 200, answer.text
    return answer.headers["x-tollgate-model"], answer.headers.get(FROM), answer.headers.get(REASON)


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_another_model_serves_what_the_own_ones_provider_fails(fallbacks, status, streams):
    """At its own price. What can't serve it is passed over: an unknown model, and one for embeddings."""
    fallbacks.first.fail({"status": status})

    answer = fallbacks.ask(stream=streams, mock=USED)

    assert served(answer) == ("other", "own", "status")
    assert (fallbacks.asked(), fallbacks.sent()) == ((1, 1), ["other-at-other-server"])
    record = fallbacks.lane.assert_settled(
        str(DEAR_COST),
        outcome="succeeded",
        model="other",
        fallback_from="own",
        fallback_reason="status",
        provider_id="prv_other-server",
    )
    (attempt,) = record["attempts"]
    assert (attempt["provider_id"], attempt["http_status"], attempt["cost"]) == ("prv_own-server", status, 0)
    if not streams:
        assert answer.headers["x-tollgate-cost-usd"] == str(DEAR_COST.normalize())


@pytest.mark.parametrize("api", ["responses", "messages"])
def test_every_api_falls_back(fallbacks, api):
    fallbacks.first.fail({"status": 503})

    answer = fallbacks.ask("own" if api == "responses" else "sonnet", api=api)

    assert served(answer)[0] == ("other" if api == "responses" else "haiku")
    fallbacks.lane.assert_all_settled(1)


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
def test_a_provider_of_another_api_is_asked_in_translation(fallbacks, streams):
    """The client, whose own API the first one spoke, gets its answer in that."""
    fallbacks.first.fail({"status": 500})

    answer = fallbacks.ask("abroad", stream=streams)

    assert served(answer) == ("haiku", "abroad", "status")
    assert answer.headers["x-tollgate-translated-to"] == "messages"
    assert "chat.completion" in answer.text
    assert fallbacks.lane.assert_all_settled(1)[0]["model"] == "haiku"


def test_what_was_lost_is_paid_at_its_own_models_price(fallbacks):
    """With the factor that the key has for each of them."""
    factors = {"own": Decimal(2), "other": Decimal(3)}
    before = fallbacks.lane.scope
    fallbacks.lane.keys.edit(before, replace(before, model_price_factors=factors))
    fallbacks.first.fail({"delay_headers_ms": 5000})

    answer = fallbacks.ask(stream=True, mock=USED, first_byte=0.2)

    assert served(answer) == ("other", "own", "timeout")
    record = fallbacks.lane.assert_settled(str(2 * LOST_INPUT + 3 * DEAR_COST), price_factor=Decimal(3))
    assert record["provider_cost"] == LOST_INPUT + DEAR_COST
    (attempt,) = record["attempts"]
    assert (attempt["cost"], attempt["price_version"]) == (2 * LOST_INPUT, f"{catalog.model_id('own')}:1")


def test_a_stream_that_fails_before_its_first_event_is_another_models(fallbacks):
    fallbacks.first.fail({"error_after_chunks": 0})
    answer = fallbacks.ask(stream=True, mock=USED)
    assert served(answer)[:2] == ("other", "own")
    assert "error" not in answer.text


def test_what_has_begun_stays_with_its_model(fallbacks):
    fallbacks.first.fail({"error_after_chunks": 2})
    answer = fallbacks.ask(stream=True, mock=USED)
    assert served(answer) == ("own", None, None)
    assert fallbacks.asked() == (1, 0)


def test_a_fault_of_the_request_alone_is_nobody_elses(fallbacks):
    fallbacks.first.fail({"status": 400})
    assert fallbacks.ask().status == 400
    assert fallbacks.asked() == (1, 0)


@pytest.mark.parametrize(("name", "expected"), [("own", "long"), ("alone", None)])
def test_what_is_too_long_is_served_by_a_model_that_is_known_to_take_more(fallbacks, name, expected):
    fallbacks.first.fail(TOO_LONG)

    answer = fallbacks.ask(name)

    if expected is None:
        assert (answer.status, json.loads(answer.text)["error"]["code"]) == (400, "context_length_exceeded")
        assert fallbacks.asked() == (1, 0)
    else:
        assert served(answer) == (expected, name, "context_length")


def test_one_fails_after_the_other_and_the_last_one_says_why(fallbacks):
    """Where there is none left."""
    fallbacks.first.fail({"status": 500})
    fallbacks.second.fail({"status": 503})
    assert served(fallbacks.ask("alone")) == ("unknown", "alone", "status")
    assert fallbacks.sent() == ["other-at-other-server", "unknown-at-other-server"]

    fallbacks.second.fail({"status": 502}, {"status": 503})
    fallbacks.first.fail({"status": 500})
    answer = fallbacks.ask("alone")
    assert (answer.status, answer.headers["x-tollgate-model"]) == (503, "unknown")
    assert answer.headers[FROM] == "alone"
    records = fallbacks.lane.assert_all_settled(2)
    failed = next(each for each in records if each["outcome"] == "failed")
    assert [each["http_status"] for each in failed["attempts"]] == [500, 502]


def test_a_model_that_cant_be_reached_falls_back(fallbacks):
    """And on those alone that it names itself, so that nothing goes round."""
    assert served(fallbacks.ask("gone", mock=USED)) == ("other", "gone", "unreachable")
    answer = fallbacks.ask("circular")
    assert answer.status == 502
    assert len(fallbacks.lane.assert_all_settled(2)) == 2


@pytest.mark.parametrize("header", ["x-tollgate-fallback", "x-tollgate-downgrade"])
def test_a_client_that_cant_do_with_another_model_gets_the_failure(fallbacks, header):
    fallbacks.first.fail({"status": 500})
    answer = fallbacks.ask(headers={header: "never"})
    assert (answer.status, fallbacks.asked()) == (500, (1, 0))


def test_a_budget_that_has_no_room_for_the_other_model_passes_the_failure_on(fallbacks):
    """Not one cent more is held or spent; and what fits is served."""
    before = fallbacks.lane.scope
    limit = Decimal("0.01")
    fallbacks.lane.keys.edit(before, replace(before, enforcement=Enforcement.HARD, budget_limit=limit))
    fallbacks.first.fail({"status": 500}, {"status": 500})

    answer = fallbacks.ask(max_tokens=10_000)
    assert answer.status == 500
    assert fallbacks.asked() == (1, 0)
    fallbacks.lane.assert_settled("0", outcome="failed", model="own")

    assert served(fallbacks.ask(max_tokens=1000))[0] == "other"
    assert_consistent(fallbacks.lane.scope)
    assert fallbacks.lane.scope.budget_used <= limit


def test_a_key_is_served_by_no_model_that_it_may_not_use(fallbacks):
    before = fallbacks.lane.scope
    fallbacks.lane.keys.edit(before, replace(before, allowed_models=frozenset({"own", "long"})))
    fallbacks.first.fail({"status": 500})
    assert served(fallbacks.ask())[0] == "long"


def test_a_tight_budget_isnt_left_for_a_dearer_model(fallbacks):
    """Its rules have that served by a cheaper one; the next fallback, for which it has none, serves."""
    before = fallbacks.lane.scope
    rules = Downgrade((DowngradeRule("other", ("own",)),))
    fallbacks.lane.keys.edit(before, replace(before, downgrade=rules))
    fallbacks.lane.spend("9.5")
    fallbacks.first.fail({"status": 500})

    assert served(fallbacks.ask())[:2] == ("long", "own")
