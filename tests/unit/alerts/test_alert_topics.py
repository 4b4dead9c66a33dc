"""The message that an alert becomes on the admins' topic."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.notices import ODD_NAMES, TOMORROW, notice, of_each_kind
from tollgate.alerts.alerts import AlertKind, Spending
from tollgate.ledger.thresholds import Level
from tollgate_alerts.message.content import message_content
from tollgate_alerts.message.topic import topic_message


def document(asked):
    return json.loads(topic_message(asked).message)


def context(asked):
    return document(asked)["metadata"]["additionalContext"]


def test_programs_read_every_figure_exactly():
    told = notice(
        used="9.730000000000000001", window="month", resets_at=TOMORROW, also=(80, 90), name='say "hi"\n'
    )
    found = context(told)
    assert json.loads(found.pop("topModels")) == [
        {"model": "large", "costUsd": "2.1"},
        {"model": "small", "costUsd": "0.00005"},
    ]
    assert found == {
        "alertId": "alr_1",
        "kind": "threshold",
        "level": "urgent",
        "threshold": "95",
        "passedThresholds": "80,90",
        "keyId": "key_0123456789abcdef",
        "keyName": 'say "hi"\n',
        "scope": "key_0123456789abcdef",
        "window": "month",
        "enforcement": "soft",
        "limitUsd": "10",
        "usedUsd": "9.730000000000000001",
        "remainingUsd": "0.269999999999999999",
        "usedPercent": "97.3",
        "resetsAt": "2026-03-15T15:09:26.535Z",
        "createdAt": "2026-03-14T15:09:26.535Z",
        "spentLast24hUsd": "3.2",
        "daysLeft": "0.08",
        "message": 'say "hi" has used 95 % of its monthly budget. 97.3 % used: '
        "$9.73 of $10.00. 80 and 90 % were passed at the same time.",
        "stage": "prod",
        "consoleUrl": "https://console.example.com/",
    }


def test_what_is_not_known_or_does_not_apply_is_left_out():
    asked = notice(
        kind=AlertKind.FORECAST, percent=None, exhausted_at=TOMORROW, spending=None, console_url=None
    )
    found = context(asked)
    absent = {
        "threshold",
        "passedThresholds",
        "resetsAt",
        "spentLast24hUsd",
        "topModels",
        "daysLeft",
        "consoleUrl",
    }
    assert not absent & set(found)
    assert found["exhaustedAt"] == "2026-03-15T15:09:26.535Z"


def test_an_overspent_budget_has_nothing_remaining():
    found = context(notice(used="10.35"))
    assert (found["remainingUsd"], found["usedPercent"], found["daysLeft"]) == ("0", "103.5", "0")


def assert_strings(value, *, depth=0):
    """The schema of custom notifications holds strings, lists of strings, and objects of them."""
    match value:
        case dict():
            for each in value.values():
                assert_strings(each, depth=depth + 1)
        case list():
            assert all(isinstance(each, str) for each in value)
        case _:
            assert isinstance(value, str)
    assert depth < 4


@pytest.mark.parametrize("asked", of_each_kind())
def test_a_message_is_a_custom_notification_for_chats(asked):
    found = document(asked)
    assert (found["version"], found["source"], found["id"]) == ("1.0", "custom", "alr_1")
    assert found["content"]["textType"] == "client-markdown"
    assert set(found) == {"version", "source", "id", "content", "metadata"}
    assert set(found["content"]) == {"textType", "title", "description", "nextSteps", "keywords"}
    expected = {"threadId", "summary", "eventType", "relatedResources", "additionalContext"}
    assert set(found["metadata"]) == expected
    assert_strings(found)


@pytest.mark.parametrize("asked", of_each_kind())
def test_a_chat_shows_the_figures_of_the_mail(asked):
    written, content = message_content(asked), document(asked)["content"]
    assert written.title in content["title"]
    for name, value in (*written.facts, *written.top_models):
        assert f"{name}: {value}" in content["description"]
    assert content["nextSteps"][: len(written.consequences)] == list(written.consequences)
    assert content["nextSteps"][-1] == "Console: https://console.example.com/"


def test_a_name_is_inert_in_a_chat():
    content = document(notice(name="<!channel> @here *x* [a](https://example.com) `b`"))["content"]
    assert not set("<>@*`[]") & set(content["title"] + content["description"])
    assert "&lt;!channel&gt;" in content["title"]


@pytest.mark.parametrize("name", [*ODD_NAMES, "\ud800half"])
@pytest.mark.parametrize("kind", AlertKind)
def test_a_subject_is_what_sns_takes(kind, name):
    asked = notice(kind=kind, name=name, level=Level.LIMIT, percent=100, exhausted_at=TOMORROW)
    made = topic_message(asked)
    assert made.subject.isascii()
    assert made.subject.isprintable()
    assert len(made.subject) < 100
    assert "\n" not in made.subject
    assert made.message.encode()


def test_a_subject_says_the_level_the_key_and_the_percent():
    assert (
        topic_message(notice(name="Équipe 🎉")).subject
        == "[Tollgate] Urgent: Equipe has used 95 % of its budget"
    )
    subject = topic_message(notice(name="n" * 200)).subject
    assert subject.endswith("n has used 95 % of its budget")
    assert topic_message(notice(name="検索")).subject == (
        "[Tollgate] Urgent: key_0123456789abcdef has used 95 % of its budget"
    )


def test_a_subject_says_the_end_of_its_sentence_even_of_a_long_name():
    asked = notice(
        kind=AlertKind.FORECAST,
        level=Level.WARNING,
        percent=None,
        name="n" * 200,
        used="9.99",
        window="month",
        exhausted_at=TOMORROW,
        resets_at=TOMORROW,
    )
    assert topic_message(asked).subject.endswith(
        "n will use up its monthly budget around 15 Mar, 99.9 % used"
    )


def test_a_subject_is_cut_rather_than_refused_by_sns():
    assert len(topic_message(notice(percent=10**80)).subject) == 99


def test_attributes_are_for_filter_policies():
    def of(kind, value):
        return {"DataType": kind, "StringValue": value}

    assert topic_message(notice()).attributes == {
        "kind": of("String", "threshold"),
        "level": of("String", "urgent"),
        "key_id": of("String", "key_0123456789abcdef"),
        "scope": of("String", "key_0123456789abcdef"),
        "window": of("String", "total"),
        "threshold": of("Number", "95"),
    }
    forecast = notice(kind=AlertKind.FORECAST, percent=None, exhausted_at=TOMORROW)
    assert "threshold" not in topic_message(forecast).attributes


def test_the_most_that_can_be_told_fits_a_message():
    models = tuple((f"{place}" + "m" * 127, Decimal("1E-18")) for place in range(50))
    asked = notice(name="🎉" * 200, spending=Spending(Decimal(1), models), also=tuple(range(1, 20)))
    asked = replace(asked, console_url="https://console.example.com/" + "c" * 2000)
    assert len(topic_message(asked).message.encode()) < 256 * 1024
