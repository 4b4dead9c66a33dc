"""By which model a call goes on whose budget is tight, and which models can serve it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import KEY, NOW, model, provider, scope
from tollgate.catalog.catalog import ModelType, ProviderType
from tollgate.ledger.admissions import DowngradeError, Switched, Switching
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.apis import routes
from tollgate_proxy.apis.routes import CallRoute
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.metered_call import Call, parse_call
from tollgate_proxy.serving.downgrading import Downgrading

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.catalog.catalog import Model, Provider
    from tollgate.ledger.scopes import Scope

OUTPUT = OutputPolicy(default=16_384, minimum=256)
CHAT = routes.match("POST", "/v1/chat/completions")
ANTHROPIC = provider(id="prv_anthropic", name="claude", type=ProviderType.ANTHROPIC)
MODELS = {
    each.system_name: each
    for each in (
        model("large", context_limit=100_000),
        model("small", context_limit=100_000, output_limit=1000),
        model("tiny", context_limit=100_000),
        model("narrow", context_limit=300),
        model("narrower", context_limit=50),
        model("untold"),
        model("secret", context_limit=100_000, safety_level=50),
        model("unpriced", prices=(), context_limit=100_000),
        model("vector", type=ModelType.EMBEDDING),
        model("claude", provider_id=ANTHROPIC.id, context_limit=100_000),
    )
}
KEPT = Downgrade((DowngradeRule("large", ("small",)),))
SWITCHED = Switched(KEY.key_id, "large", "tiny")
LIMITED = scope(used="9.5", downgrade=KEPT, budget_refusal_status=402)


class Catalog:
    def model(self, system_name: str) -> Model | None:
        return MODELS.get(system_name)

    def provider(self, provider_id: str) -> Provider | None:
        return {each.id: each for each in (provider(), ANTHROPIC)}.get(provider_id)

    def models(self) -> list[Model]:
        return list(MODELS.values())


@dataclass
class Conversations:
    kept: dict[str, str] = field(default_factory=dict)

    def model_of(self, name: str, _at: datetime) -> str | None:
        return self.kept.get(name)

    def begin(self, name: str, model: str, _at: datetime) -> str:
        return self.kept.setdefault(name, model)


class BrokenConversations(Conversations):
    def begin(self, name: str, model: str, _at: datetime) -> str:
        raise RuntimeError(name, model)


def call(name: str = "large", switching: Switching = Switching.FREE, **asked: Any) -> Call:
    body = {"model": name, "messages": [{"role": "user", "content": "Hello there"}], **asked}
    assert isinstance(CHAT, CallRoute)
    parsed = parse_call(CHAT, json.dumps(body).encode(), Catalog(), NOW, OUTPUT)
    return replace(parsed, switching=switching)


def way(asked: Call, **changes: Any) -> Downgrading:
    def served_by(name: str) -> Call:
        return parse_call(asked.route, asked.request.encode({"model": name}), Catalog(), NOW, OUTPUT)

    made = Downgrading(
        asked=asked,
        conversation=None,
        conversations=Conversations(),
        served_by=served_by,
        chain=lambda: [LIMITED],
        at=NOW,
        forbids=False,
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def tight(*to: str, at: Scope = LIMITED, refused: RefusedError | None = None) -> DowngradeError:
    return DowngradeError(at, to or ("small",), refused)


def served(found: Call) -> tuple[str, str | None]:
    return found.model.system_name, found.downgraded_from


def test_a_call_goes_on_by_the_first_model_that_can_serve_it() -> None:
    asked = call(temperature=0.5)
    found = way(asked).following(asked, tight("gone", "unpriced", "vector", "tiny", "small"))
    assert served(found) == ("tiny", "large")
    assert found.asked == {**asked.asked, "model": "tiny"}
    assert found.demand.prices == found.candidates[0].prices == MODELS["tiny"].prices
    assert (found.switching, found.tight_at, found.reserved_at) == (Switching.FREE, (SWITCHED,), frozenset())


@pytest.mark.parametrize(
    ("name", "asked", "to", "has_room"),
    [
        ("large", {}, "small", True),
        ("large", {"max_tokens": 1000}, "small", True),
        ("large", {"max_tokens": 1001}, "small", False),
        ("large", {"max_tokens": 200}, "narrow", True),
        ("large", {"max_tokens": 300}, "narrow", False),
        ("large", {}, "narrow", True),
        ("large", {}, "narrower", False),
        ("large", {}, "untold", False),
        ("narrow", {"max_tokens": 1000}, "small", True),
        ("untold", {}, "large", True),
        ("untold", {"max_tokens": 300}, "narrow", False),
    ],
)
def test_a_model_must_have_room_for_the_call(
    name: str, asked: dict[str, Any], to: str, *, has_room: bool
) -> None:
    """For its prompt, and the output that it asks for or that is worth asking for."""
    asking = call(name, **asked)
    found = way(asking).following(asking, tight(to))
    assert served(found) == ((to, name) if has_room else (name, None))
    assert found.switching is (Switching.FREE if has_room else Switching.NEVER)


def test_models_of_which_nothing_is_stated_are_taken_to_be_alike() -> None:
    asked = call("untold")
    MODELS["unknown"] = model("unknown")
    try:
        assert served(way(asked).following(asked, tight("unknown"))) == ("unknown", "untold")
    finally:
        del MODELS["unknown"]


def test_a_call_that_no_model_can_serve_instead_goes_on_with_its_own() -> None:
    asked = call()
    found = way(asked).following(asked, tight("large", "gone"))
    assert (served(found), found.switching) == (("large", None), Switching.NEVER)


def test_where_what_is_left_is_reserved_a_call_that_no_model_can_serve_is_refused() -> None:
    asked, refused = call(), RefusedError(Reason.BUDGET_HELD, "It is kept for others.")
    found = way(asked).following(asked, tight(refused=refused))
    assert (served(found), found.reserved_at, found.tight_at) == (
        ("small", "large"),
        {KEY.key_id},
        (),
    )
    for asking in (asked, replace(asked, switching=Switching.CONVERSATION)):
        to = "gone" if asking is asked else "small"
        with pytest.raises(RefusedError) as raised:
            way(asking).following(asking, tight(to, refused=refused))
        assert raised.value is refused


def test_a_model_that_the_scope_does_not_allow_is_passed_over() -> None:
    asked = call()
    bounded = replace(LIMITED, safety_level=10, allowed_models=frozenset({"large", "secret", "tiny"}))
    assert served(way(asked).following(asked, tight("secret", "small", "tiny", at=bounded))) == (
        "tiny",
        "large",
    )


def test_what_another_scope_does_not_allow_is_followed_by_the_next_model() -> None:
    asked = call()
    going = way(asked)
    first = going.following(asked, tight("small", "tiny"))
    again = going.without(first, RefusedError(Reason.MODEL_NOT_ALLOWED, "Not this one."))
    assert (served(again), again.switching) == (("large", None), Switching.FREE)
    assert served(going.following(again, tight("small", "tiny"))) == ("tiny", "large")


@pytest.mark.parametrize(
    ("asking", "reason"),
    [
        (call(), Reason.MODEL_NOT_ALLOWED),
        (replace(call("small"), downgraded_from="large"), Reason.KEY_REVOKED),
    ],
    ids=["its own model", "another reason"],
)
def test_any_other_refusal_stands(asking: Call, reason: Reason) -> None:
    refused = RefusedError(reason, "No.")
    with pytest.raises(RefusedError) as raised:
        way(asking).without(asking, refused)
    assert raised.value is refused


def test_a_call_goes_back_to_its_own_model_where_the_budget_is_no_longer_tight() -> None:
    asked = call()
    going = way(asked)
    found = going.following(going.following(asked, tight()), DowngradeError(LIMITED, (), is_tight=False))
    assert found == asked


def test_a_call_that_meets_one_change_after_another_goes_on_with_its_own_model() -> None:
    """Rules that lead in circles, and a budget that somebody resets again and again."""
    asked = found = call()
    going = way(asked)
    for _ in range(20):
        found = going.following(found, tight())
        if found.switching is Switching.NEVER:
            break
        found = going.following(found, DowngradeError(LIMITED, (), is_tight=False))
    assert (served(found), found.switching) == (("large", None), Switching.NEVER)


def test_rules_of_several_keys_lead_on_and_never_back() -> None:
    asked = call()
    going = way(asked)
    above = scope(parent_id=None, key_id="key_above", used="9.5", downgrade=KEPT)
    found = going.following(going.following(asked, tight("small")), tight("large", "small", "tiny", at=above))
    above_it = Switched("key_above", "small", "tiny")
    going_on = (Switched(KEY.key_id, "large", "small"), above_it)
    assert (served(found), found.tight_at) == (("tiny", "large"), going_on)


class TestForbidden:
    def test_a_call_that_forbids_another_model_is_refused_by_the_budget_that_is_tight(self) -> None:
        asked = call()
        with pytest.raises(RefusedError) as raised:
            way(asked, forbids=True).following(asked, tight())
        refused = raised.value
        assert (refused.reason, refused.budget_status) == (Reason.DOWNGRADE_REQUIRED, 402)
        assert "nearly used, 9.5 of 10 USD: calls of `large` are served by `small`" in refused.message
        assert refused.shortage is not None
        assert (refused.shortage.scope, refused.shortage.used) == (KEY.key_id, Decimal("9.5"))

    @pytest.mark.parametrize(
        "chain",
        [
            [replace(LIMITED, budget_used=Decimal("8.9"))],
            [replace(LIMITED, downgrade=None)],
            [scope(key_id="key_below"), replace(LIMITED, allowed_models=frozenset({"large"}))],
            [scope(key_id="key_below", allowed_models=frozenset({"large"})), LIMITED],
        ],
        ids=["no longer tight", "no longer a rule", "not allowed there", "not allowed below"],
    )
    def test_it_goes_on_if_it_would_not_be_served_by_another_one(self, chain: list[Scope]) -> None:
        asked = call()
        found = way(asked, forbids=True, chain=lambda: chain).following(asked, tight())
        assert (served(found), found.switching) == (("large", None), Switching.NEVER)

    def test_it_goes_on_if_no_other_one_can_serve_it(self) -> None:
        asked = call()
        found = way(asked, forbids=True).following(asked, tight("gone"))
        assert (served(found), found.switching) == (("large", None), Switching.NEVER)

    def test_only_a_key_in_force_learns_how_its_budget_stands(self) -> None:
        def chain() -> list[Scope]:
            raise RefusedError(Reason.INVALID_API_KEY, "Incorrect API key provided.")

        asked = call()
        with pytest.raises(RefusedError) as raised:
            way(asked, forbids=True, chain=chain).following(asked, tight())
        assert raised.value.reason is Reason.INVALID_API_KEY

    def test_what_is_reserved_for_others_is_refused_as_it_is_without_the_header(self) -> None:
        asked, refused = call(), RefusedError(Reason.BUDGET_HELD, "It is kept for others.")
        with pytest.raises(RefusedError) as raised:
            way(asked, forbids=True).following(asked, tight(refused=refused))
        assert raised.value is refused


class TestConversations:
    def met(self, *, is_tight: bool = True) -> DowngradeError:
        return DowngradeError(LIMITED, ("small",), is_tight=is_tight)

    def talk(self, kept: dict[str, str] | None = None, **changes: Any) -> tuple[Call, Downgrading]:
        asked = call(switching=Switching.UNKNOWN)
        return asked, way(asked, conversation="talk", conversations=Conversations(kept or {}), **changes)

    @pytest.mark.parametrize("is_tight", [True, False])
    def test_a_conversation_goes_on_by_the_model_that_serves_it(self, is_tight: bool) -> None:
        for kept, expected in (("large", ("large", None)), ("small", ("small", "large"))):
            asked, going = self.talk({"talk": kept})
            found = going.following(asked, self.met(is_tight=is_tight))
            assert (served(found), found.switching) == (expected, Switching.CONVERSATION)
            assert not found.tight_at
            assert going.settled(found) is None

    def test_one_begins_by_the_model_that_its_first_call_was_let_in_with(self) -> None:
        for is_tight, name in ((True, "small"), (False, "large")):
            asked, going = self.talk()
            found = going.following(asked, self.met(is_tight=is_tight))
            assert found.switching is Switching.FREE
            if is_tight:
                found = going.following(found, self.met())
            assert going.conversations.model_of("talk", NOW) is None
            assert going.settled(found) is None
            assert going.conversations.model_of("talk", NOW) == name

    def test_the_first_of_two_calls_at_once_decides(self) -> None:
        asked, going = self.talk()
        found = going.following(asked, self.met(is_tight=False))
        going.conversations.begin("talk", "small", NOW)
        other = going.settled(found)
        assert other is not None
        assert (served(other), other.switching) == (("small", "large"), Switching.CONVERSATION)

    def test_one_whose_model_cannot_serve_the_call_goes_by_the_rules(self) -> None:
        for kept in ("gone", "vector"):
            asked, going = self.talk({"talk": kept})
            found = going.following(asked, self.met())
            assert (served(found), found.switching) == (("large", None), Switching.FREE)
            assert served(going.following(found, self.met())) == ("small", "large")
            assert going.conversations.model_of("talk", NOW) == kept

    def test_one_whose_model_is_no_longer_allowed_goes_by_the_rules(self) -> None:
        asked, going = self.talk({"talk": "tiny"})
        first = going.following(asked, self.met())
        again = going.without(first, RefusedError(Reason.MODEL_NOT_ALLOWED, "Not this one."))
        assert (served(again), again.switching) == (("large", None), Switching.FREE)

    def test_a_call_that_forbids_another_model_takes_none_from_its_conversation(self) -> None:
        asked, going = self.talk({"talk": "small"}, forbids=True)
        found = going.following(asked, self.met(is_tight=False))
        assert (served(found), found.switching) == (("large", None), Switching.FREE)
        assert going.settled(found) is None
        assert going.conversations.model_of("talk", NOW) == "small"

    def test_one_is_switched_where_the_key_says_so(self) -> None:
        switching = replace(LIMITED, downgrade=replace(KEPT, switch_conversations=True))
        for known in (Switching.UNKNOWN, Switching.CONVERSATION):
            asked, going = self.talk({"talk": "large"})
            found = going.following(replace(asked, switching=known), tight(at=switching))
            assert (served(found), found.switching) == (("small", "large"), known)

    def test_a_call_is_served_though_its_conversation_cannot_be_kept(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked, going = self.talk()
        going.conversations = BrokenConversations()
        assert going.settled(going.following(asked, self.met(is_tight=False))) is None
        assert "could not be kept" in caplog.text
