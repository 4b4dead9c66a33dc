"""A request that is sent again under its client's name is the same one: it gets the same answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.support.builders import KEY, NOW
from tollgate.gateway_state.idempotency import StoredReply
from tollgate.keys import api_keys
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.http_messages import Request
from tollgate_proxy.side import replays
from tollgate_proxy.side.replays import Replay

GIVEN_UP_AT = NOW + timedelta(minutes=2)
OTHER_KEY = api_keys.ApiKey(key_id="key_fedcba9876543210", secret="T" * 32)
REQUEST = Request(
    id="req_1",
    method="POST",
    path="/v1/chat/completions",
    headers={"idempotency-key": "mine"},
    body=b'{"model":"small"}',
    received_at=NOW,
    deadline=NOW,
    answer_by=NOW,
    query="a=1",
)
SDKS = "stainless-python-retry-0b0a4bf5-2f0c-4a8f-9d5e-0f6a1f3f8f8f"


@dataclass
class FakeAnswers:
    kept: list = field(default_factory=list)
    forgotten: list = field(default_factory=list)
    error: Exception | None = None

    def keep(self, named, answer, at):
        if self.error:
            raise self.error
        self.kept.append((named, answer, at))

    def forget(self, named):
        if self.error:
            raise self.error
        self.forgotten.append(named)


def named(request=REQUEST, key=KEY, *, sdk_names=False, **changes):
    return replays.idempotency_key_of(replace(request, **changes), key, GIVEN_UP_AT, sdk_names=sdk_names)


def with_name(text):
    return {"headers": {"idempotency-key": text}}


def test_a_named_request_is_known_by_its_name_and_by_what_it_asks():
    found = named()
    assert (found.request_id, found.given_up_at) == ("req_1", GIVEN_UP_AT)
    assert found.name
    assert found.fingerprint


def test_sent_again_it_is_the_same():
    again = named(id="req_2", received_at=NOW + timedelta(minutes=1))
    assert (again.name, again.fingerprint) == (named().name, named().fingerprint)
    assert again.request_id == "req_2"


@pytest.mark.parametrize(
    "changes",
    [
        {"body": b'{"model":"small" }'},
        {"path": "/v1/responses"},
        {"query": "a=2"},
        {"query": ""},
        {"method": "PUT"},
    ],
    ids=repr,
)
def test_another_request_under_the_same_name_is_told_apart(changes):
    other = named(**changes)
    assert other.name == named().name
    assert other.fingerprint != named().fingerprint


def test_another_keys_request_of_the_same_name_is_another_ones():
    assert named(key=OTHER_KEY).name != named().name


def test_another_name_is_another_request():
    assert named(**with_name("yours")).name != named().name


def test_neither_the_clients_name_nor_its_request_is_kept_as_it_is():
    found = named(**with_name("a secret"))
    assert "secret" not in found.name + found.fingerprint
    assert "small" not in found.fingerprint


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": ""}], ids=repr)
def test_a_request_without_a_name_has_none(headers):
    assert named(headers=headers) is None


@pytest.mark.parametrize("text", [SDKS, "stainless-node-retry-1"])
def test_a_name_that_an_sdk_has_made_up_counts_only_where_it_is_wanted(text):
    assert named(**with_name(text)) is None
    assert named(**with_name(text), sdk_names=True) is not None


@pytest.mark.parametrize(
    "text", ["stainless-retry-1", "my-stainless-python-retry-1", "Stainless-python-retry-1"]
)
def test_what_only_resembles_such_a_name_is_the_clients_own(text):
    assert named(**with_name(text)) is not None


def test_a_name_may_be_255_characters_long():
    assert named(**with_name("n" * 255)) is not None
    with pytest.raises(RefusedError) as refused:
        named(**with_name("n" * 256))
    assert (refused.value.reason, refused.value.param) == (Reason.INVALID_PARAMETER, "Idempotency-Key")


@pytest.mark.parametrize("text", ["räume", "模型 🦙", " ", "a\tb"])
def test_any_text_is_a_name(text):
    assert named(**with_name(text)) is not None


def replay(answers, found=None):
    return Replay(answers, lambda: NOW, found)


def test_an_answer_is_kept_whole_but_for_how_things_stood_then():
    answers, found = FakeAnswers(), named()
    headers = {
        "content-type": "text/event-stream",
        "x-tollgate-provider": "mock",
        "x-tollgate-model": "small",
        "x-tollgate-cost-usd": "0.1",
        "x-tollgate-budget-used-usd": "1",
        "x-tollgate-budget-limit-usd": "10",
        "x-tollgate-budget-remaining-usd": "9",
        "x-ratelimit-remaining-requests": "3",
    }
    replay(answers, found).keep(200, headers, iter([b"data: 1\n\n", b"data: 2\n\n"]))

    ((kept_as, answer, at),) = answers.kept
    assert (kept_as, at) == (found, NOW)
    assert answer == StoredReply(
        request_id="req_1",
        status=200,
        headers={
            "content-type": "text/event-stream",
            "x-tollgate-provider": "mock",
            "x-tollgate-model": "small",
            "x-tollgate-cost-usd": "0.1",
        },
        body=b"data: 1\n\ndata: 2\n\n",
    )


def test_a_request_that_failed_may_be_served_anew():
    answers, found = FakeAnswers(), named()
    replay(answers, found).forget()
    assert answers.forgotten == [found]


def test_without_a_name_nothing_is_kept_or_forgotten():
    answers = FakeAnswers()
    unnamed = replay(answers)
    assert not unnamed.is_wanted
    unnamed.keep(200, {}, [b"{}"])
    unnamed.forget()
    assert (answers.kept, answers.forgotten) == ([], [])


def test_with_a_name_the_answer_is_wanted():
    assert replay(FakeAnswers(), named()).is_wanted


def test_an_answer_that_can_not_be_kept_is_still_the_clients(caplog):
    failing = replay(FakeAnswers(error=RuntimeError("throttled")), named())
    with caplog.at_level(logging.ERROR):
        failing.keep(200, {}, [b"{}"])
        failing.forget()
    assert [record.getMessage() for record in caplog.records] == [
        "The answer to req_1 could not be kept",
        "The idempotency key of req_1 could not be released",
    ]


def test_a_replayed_answer_is_the_kept_one_and_says_whose_it_was():
    answer = replays.replayed(StoredReply("req_1", 201, {"content-type": "text/plain"}, b"as it was"))
    assert answer.status == 201
    assert answer.headers == {"content-type": "text/plain", "x-tollgate-replayed-request-id": "req_1"}
    assert b"".join(answer.chunks) == b"as it was"
    answer.after()
