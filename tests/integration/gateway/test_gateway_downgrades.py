"""Calls that another model serves while a budget is tight: what comes back, is held, and is kept."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import model, scope
from tests.support.faults import CountingClient
from tests.support.gateway_world import HELLO, World, error_of
from tollgate.aws.dynamodb import pages
from tollgate.clock import utc_now
from tollgate.gateway_state import conversations
from tollgate.gateway_state.store.conversations_table import ConversationsTable
from tollgate.keys import api_keys
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store.admission_memory import AdmissionMemory

if TYPE_CHECKING:
    from types import SimpleNamespace

RULES = Downgrade((DowngradeRule("large", ("small",)),))
FROM = "x-tollgate-downgraded-from"
TALK = {"x-claude-code-session-id": "a talk"}
NEVER = {"x-tollgate-downgrade": "never"}


@pytest.fixture
def downgrading(world: World) -> World:
    """A key with rules, and a budget of 10 USD of which nothing is used."""
    for name in ("large", "huge"):
        world.catalog.add_model(model(name, input_price="15", output_price="60"))
    give_rules(world)
    return world


def give_rules(world: World, **changes: Any) -> None:
    world.keys.edit(world.scope, replace(world.scope, downgrade=replace(RULES, **changes)))


def ask(world: World, name: str = "large", **asked: Any) -> SimpleNamespace:
    return world.call({"model": name, "messages": HELLO}, **asked)


def served(answer: SimpleNamespace) -> tuple[str, str | None]:
    assert answer.status == 200, answer.text
    return answer.headers["x-tollgate-model"], answer.headers.get(FROM)


def stored_conversations(world: World) -> list[dict[str, Any]]:
    return list(pages(world.dynamodb.scan, TableName=world.tables["AnswersTable"]))


def test_a_call_is_served_by_the_cheaper_model_from_the_share_on_that_the_key_says(downgrading):
    downgrading.spend("8.9")
    assert served(ask(downgrading)) == ("large", None)
    assert not downgrading.scope.downgrading

    downgrading.spend("0.1")
    answer = ask(downgrading)

    assert served(answer) == ("small", "large")
    assert json.loads(answer.text)["model"] == "small-2026"
    assert downgrading.received[-1]["body"]["model"] == "small-2026"
    assert downgrading.scope.downgrading
    record = max(downgrading.records, key=lambda each: each["created_at"])
    assert (record["model"], record["downgraded_from"]) == ("small", "large")
    assert record["calculated_cost"] == Decimal(answer.headers["x-tollgate-cost-usd"])


def test_it_is_held_and_priced_at_the_model_that_serves_it(downgrading):
    """A budget that is hard, and has room for the cheap one alone."""
    downgrading.keys.edit(downgrading.scope, replace(downgrading.scope, enforcement=Enforcement.HARD))
    downgrading.spend("9.99999")
    answer = downgrading.call({"model": "large", "messages": HELLO, "max_tokens": 10})
    assert served(answer) == ("small", "large")
    assert Decimal(answer.headers["x-tollgate-cost-usd"]) < Decimal("0.00001")


def test_what_has_no_rule_is_served_as_asked(downgrading):
    downgrading.spend("9.5")
    assert served(ask(downgrading, "huge")) == ("huge", None)
    assert served(ask(downgrading, "small")) == ("small", None)


def test_a_stream_says_so_too(downgrading):
    downgrading.spend("9.5")
    answer = downgrading.call({"model": "large", "messages": HELLO, "stream": True})
    assert served(answer) == ("small", "large")
    assert '"model": "small-2026"' in answer.text or '"model":"small-2026"' in answer.text
    (record,) = downgrading.records
    assert (record["model"], record["downgraded_from"], record["streamed"]) == ("small", "large", True)


def test_the_model_that_a_rule_names_serves_calls_of_each_api(downgrading):
    downgrading.add_claude()
    give_rules(downgrading, rules=(DowngradeRule("large", ("claude", "small")),))
    downgrading.spend("9.5")
    assert served(ask(downgrading)) == ("claude", "large")
    assert served(downgrading.ask("responses", model="large")) == ("claude", "large")


def test_a_key_is_governed_by_the_budget_of_the_key_above_that_has_the_rules(downgrading):
    below = api_keys.issue()
    downgrading.keys.add(scope(below, parent_id=downgrading.key.key_id))
    assert served(ask(downgrading, key=below)) == ("large", None)

    downgrading.spend("9.5")

    gateway = downgrading.gateway()
    for _ in range(2):
        assert served(ask(downgrading, key=below, gateway=gateway)) == ("small", "large")
    assert downgrading.scope.downgrading
    assert downgrading.scope.holds == downgrading.keys.get(below.key_id).holds == {}
    assert not downgrading.keys.get(below.key_id).downgrading


@pytest.mark.parametrize("own", [("small", "large"), ("large", "huge"), ("small", "huge")])
@pytest.mark.parametrize("talks", [False, True], ids=["keeping talks", "switching talks"])
@pytest.mark.parametrize("knows", ["nothing", "calm", "tight"])
def test_a_key_gets_out_of_no_rule_of_a_key_above_by_one_of_its_own(downgrading, own, talks, knows):
    """Whatever a process knows of the key above, which knows nothing of the key itself at its first call."""
    below = api_keys.issue()
    rules = Downgrade((DowngradeRule(own[0], (own[1],)),), 2, 1, switch_conversations=talks)
    downgrading.keys.add(scope(below, parent_id=downgrading.key.key_id, downgrade=rules))
    gateway = downgrading.gateway()
    if knows == "calm":
        assert served(ask(downgrading, gateway=gateway)) == ("large", None)
    downgrading.spend("9.1")
    if knows == "tight":
        assert served(ask(downgrading, gateway=gateway)) == ("small", "large")
    for _ in range(3):
        assert served(ask(downgrading, key=below, gateway=gateway)) == ("small", "large")


def test_a_key_that_may_not_use_the_cheaper_model_goes_on_with_its_own(downgrading):
    below = api_keys.issue()
    downgrading.keys.add(
        scope(below, parent_id=downgrading.key.key_id, allowed_models=frozenset({"large", "huge"}))
    )
    give_rules(downgrading, rules=(DowngradeRule("large", ("small", "huge")),))
    downgrading.spend("9.5")
    assert served(ask(downgrading, key=below)) == ("huge", "large")
    give_rules(downgrading)
    assert served(ask(downgrading, key=below)) == ("large", None)
    assert downgrading.scope.holds == downgrading.keys.get(below.key_id).holds == {}


def test_a_budget_that_is_used_up_is_used_up_for_every_model_that_costs(downgrading):
    downgrading.catalog.add_model(model("free", input_price="0", output_price="0"))
    downgrading.spend("10")
    assert error_of(ask(downgrading))["code"] == "budget_exhausted"
    give_rules(downgrading, rules=(DowngradeRule("large", ("free",)),))
    assert served(ask(downgrading)) == ("free", "large")


def test_embeddings_are_those_of_the_model_that_was_asked(downgrading):
    downgrading.catalog.add_model(
        model("embed-small", output_price=None, type=downgrading.catalog.model("embed").type)
    )
    give_rules(downgrading, rules=(DowngradeRule("embed", ("embed-small",)),))
    downgrading.spend("9.5")
    assert served(downgrading.ask("embeddings")) == ("embed", None)


def test_a_response_goes_on_by_the_model_that_made_what_came_before(downgrading):
    first = downgrading.ask("responses", model="large")
    downgrading.spend("9.5")
    again = downgrading.ask("responses", model="large", previous_response_id=json.loads(first.text)["id"])
    assert served(again) == ("large", None)
    assert served(downgrading.ask("responses", model="large")) == ("small", "large")


def test_an_answer_that_was_given_is_given_again(downgrading):
    named = {"idempotency-key": "once"}
    first = ask(downgrading, headers=named)
    downgrading.spend("9.5")
    assert served(ask(downgrading, headers=named)) == served(first) == ("large", None)
    named = {"idempotency-key": "twice"}
    second = ask(downgrading, headers=named)
    downgrading.keys.edit(downgrading.scope, replace(downgrading.scope, downgrade=None))
    assert served(ask(downgrading, headers=named)) == served(second) == ("small", "large")
    assert not downgrading.scope.downgrading


class TestForbidding:
    def test_a_call_that_forbids_it_is_refused_for_good(self, downgrading):
        downgrading.spend("9.5")
        gateway = downgrading.gateway()
        for _ in range(2):
            answer = ask(downgrading, headers=NEVER, gateway=gateway)
            assert (answer.status, answer.headers["x-should-retry"]) == (429, "false")
            error = error_of(answer)
            assert (error["code"], error["type"]) == ("downgrade_required", "insufficient_quota")
            assert (error["details"]["usedUsd"], error["details"]["window"]) == ("9.5", "total")
        assert downgrading.scope.holds == {}
        assert downgrading.records == []

    def test_it_has_the_status_that_the_key_has_for_budgets(self, downgrading):
        downgrading.keys.edit(downgrading.scope, replace(downgrading.scope, budget_refusal_status=402))
        downgrading.spend("9.5")
        assert ask(downgrading, headers=NEVER).status == 402

    def test_it_is_served_as_asked_while_there_is_no_need(self, downgrading):
        assert served(ask(downgrading, headers=NEVER)) == ("large", None)

    def test_a_stranger_learns_nothing(self, downgrading):
        downgrading.spend("9.5")
        gateway = downgrading.gateway()
        ask(downgrading, gateway=gateway)
        wrong = api_keys.issue(downgrading.key.key_id)
        for headers in ({}, NEVER, TALK):
            answer = ask(downgrading, headers=headers, gateway=gateway, key=wrong)
            assert (answer.status, error_of(answer)["code"]) == (401, "invalid_api_key")
        assert stored_conversations(downgrading) == []


class TestConversations:
    def test_one_that_has_begun_stays_with_its_model(self, downgrading):
        gateway = downgrading.gateway()
        assert served(ask(downgrading, headers=TALK, gateway=gateway)) == ("large", None)
        downgrading.spend("9.5")
        for process in (gateway, downgrading.gateway()):
            assert served(ask(downgrading, headers=TALK, gateway=process)) == ("large", None)
            assert served(ask(downgrading, headers={"session_id": "new"}, gateway=process)) == (
                "small",
                "large",
            )
        downgrading.keys.edit(downgrading.scope, replace(downgrading.scope, budget_limit=Decimal(100)))
        for process in (gateway, downgrading.gateway()):
            assert served(ask(downgrading, headers={"session_id": "new"}, gateway=process)) == (
                "small",
                "large",
            )
            assert served(ask(downgrading, gateway=process)) == ("large", None)

    def test_one_is_switched_where_the_key_says_so(self, downgrading):
        give_rules(downgrading, switch_conversations=True)
        assert served(ask(downgrading, headers=TALK)) == ("large", None)
        downgrading.spend("9.5")
        assert served(ask(downgrading, headers=TALK)) == ("small", "large")
        assert stored_conversations(downgrading) == []

    def test_no_name_keeps_the_dear_model_for_longer_than_a_day(self, downgrading):
        """However often it is used in between."""
        name = conversations.name_of(downgrading.key.key_id, "a talk", "large")
        table = ConversationsTable(downgrading.dynamodb, downgrading.tables["AnswersTable"])
        table.begin(name, "large", utc_now() - timedelta(hours=23, minutes=59))
        before = stored_conversations(downgrading)
        downgrading.spend("9.5")
        assert served(ask(downgrading, headers=TALK)) == ("large", None)
        assert stored_conversations(downgrading) == before
        downgrading.dynamodb.delete_item(
            TableName=downgrading.tables["AnswersTable"], Key={"name": {"S": name}}
        )
        table.begin(name, "large", utc_now() - timedelta(hours=24, seconds=2))
        assert served(ask(downgrading, headers=TALK)) == ("small", "large")
        (kept,) = stored_conversations(downgrading)
        assert kept["model"] == "small"

    def test_a_name_is_a_name_within_its_key_alone(self, downgrading):
        other = api_keys.issue()
        downgrading.keys.add(scope(other, used="9.5", downgrade=RULES))
        assert served(ask(downgrading, headers=TALK)) == ("large", None)
        assert served(ask(downgrading, headers=TALK, key=other)) == ("small", "large")
        downgrading.spend("9.5")
        assert served(ask(downgrading, headers=TALK)) == ("large", None)
        assert len(stored_conversations(downgrading)) == 2

    def test_a_key_without_rules_keeps_none(self, downgrading):
        downgrading.keys.edit(downgrading.scope, replace(downgrading.scope, downgrade=None))
        assert served(ask(downgrading, headers=TALK)) == ("large", None)
        assert served(ask(downgrading, "huge", headers=TALK)) == ("huge", None)
        assert stored_conversations(downgrading) == []

    def test_a_model_without_a_rule_has_none(self, downgrading):
        assert served(ask(downgrading, "huge", headers=TALK)) == ("huge", None)
        assert stored_conversations(downgrading) == []

    def test_of_calls_that_begin_one_at_once_all_are_served_by_one_model(self, downgrading):
        """At the very moment at which the budget gets tight: half of the processes think that it isn't."""
        calm = [downgrading.gateway() for _ in range(4)]
        for each in calm:
            ask(downgrading, gateway=each)
        for round_ in range(3):
            talk = {"session_id": f"talk {round_}"}
            with ThreadPoolExecutor(5) as pool:
                asked = [pool.submit(ask, downgrading, headers=talk, gateway=each) for each in calm]
                pool.submit(downgrading.spend, "9.5" if not round_ else "0.001").result()
            assert len({served(each.result()) for each in asked}) == 1
            settled = {served(ask(downgrading, headers=talk, gateway=each)) for each in calm}
            assert len(settled) == 1
        assert downgrading.scope.holds == {}


class TestWrites:
    def test_a_call_makes_the_same_writes_with_rules_and_without(self, downgrading):
        for spent in ("0", "9.5"):
            downgrading.spend(spent)
            client = CountingClient(downgrading.dynamodb)
            ledger = replace(downgrading.ledger, client=client, _memory=AdmissionMemory())
            gateway = downgrading.gateway(ledger=ledger)
            ask(downgrading, gateway=gateway)
            client.clear()
            ask(downgrading, gateway=gateway)
            assert sorted(client.operations) == ["put_item", "update_item", "update_item"]

    def test_a_key_below_makes_no_more_either(self, downgrading):
        below = api_keys.issue()
        downgrading.keys.add(scope(below, parent_id=downgrading.key.key_id))
        for spent in ("0", "9.5"):
            downgrading.spend(spent)
            client = CountingClient(downgrading.dynamodb)
            ledger = replace(downgrading.ledger, client=client, _memory=AdmissionMemory())
            gateway = downgrading.gateway(ledger=ledger)
            ask(downgrading, gateway=gateway, key=below)
            client.clear()
            ask(downgrading, gateway=gateway, key=below)
            assert sorted(client.operations) == ["put_item", *["update_item"] * 4]


class TestEstimates:
    def estimated(self, world: World, **asked: Any) -> dict[str, Any]:
        answer = ask(world, path="/v1/estimate", **asked)
        assert answer.status == 200, answer.text
        found: dict[str, Any] = json.loads(answer.text)
        return found

    def test_one_foresees_which_model_serves_the_call(self, downgrading):
        before = self.estimated(downgrading)
        assert (before["model"], before["downgradedFrom"]) == ("large", None)
        downgrading.spend("9.5")
        after = self.estimated(downgrading)
        assert (after["model"], after["downgradedFrom"], after["admitted"]) == ("small", "large", True)
        assert Decimal(after["maxCost"]) < Decimal(before["maxCost"])

    def test_one_foresees_the_refusal_of_a_call_that_forbids_it(self, downgrading):
        downgrading.spend("9.5")
        found = self.estimated(downgrading, headers=NEVER)
        assert (found["model"], found["admitted"]) == ("large", False)
        assert found["refusal"]["error"]["code"] == "downgrade_required"
        assert found["refusal"]["status"] == 429

    def test_one_knows_the_conversation_and_begins_none(self, downgrading):
        downgrading.spend("9.5")
        assert self.estimated(downgrading, headers=TALK)["model"] == "small"
        assert stored_conversations(downgrading) == []
        table = ConversationsTable(downgrading.dynamodb, downgrading.tables["AnswersTable"])
        name = conversations.name_of(downgrading.key.key_id, "a talk", "large")
        table.begin(name, "large", utc_now())
        assert self.estimated(downgrading, headers=TALK)["model"] == "large"


def test_a_process_that_thinks_the_budget_is_tight_finds_out_that_it_is_not(downgrading):
    gateway = downgrading.gateway()
    downgrading.spend("9.5")
    assert served(ask(downgrading, gateway=gateway)) == ("small", "large")
    downgrading.keys.reset_used(downgrading.scope, utc_now())
    assert served(ask(downgrading, gateway=gateway)) == ("large", None)
    assert not downgrading.scope.downgrading
    assert downgrading.scope.holds == {}


def test_a_process_that_remembers_rules_of_a_key_that_is_no_longer_above_forgets_them(downgrading):
    below = api_keys.issue()
    downgrading.keys.add(scope(below, parent_id=downgrading.key.key_id))
    gateway = downgrading.gateway(ledger=replace(downgrading.ledger, _memory=AdmissionMemory()))
    downgrading.spend("9.5")
    assert served(ask(downgrading, gateway=gateway, key=below)) == ("small", "large")
    moved = downgrading.keys.get(below.key_id)
    downgrading.keys.edit(moved, replace(moved, parent_id=None))
    assert served(ask(downgrading, gateway=gateway, key=below)) == ("large", None)
    assert downgrading.keys.get(below.key_id).holds == {}
