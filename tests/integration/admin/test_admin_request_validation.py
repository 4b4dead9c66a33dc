"""Requests that no route takes, whatever it is for: each is told what is wrong, in the same form."""

from __future__ import annotations

import pytest

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb as adapter
from tollgate.aws.transactions import transact

NAMED = '{"name": "a key"}'


@pytest.mark.parametrize(
    ("body", "status"),
    {
        "cut off": ('{"name": ', 400),
        "no number of JSON's": ('{"name": "x", "budgetLimit": NaN}', 400),
        "infinite": ('{"name": "x", "budgetLimit": -Infinity}', 400),
        "a number without end": ('{"name": "x", "rpmLimit": ' + "9" * 5000 + "}", 400),
        "a name twice": ('{"name": "x", "name": "y"}', 400),
        "nested without end": ("[" * 100_000, 400),
        "a list": (f"[{NAMED}]", 422),
        "a text": ('"name"', 422),
        "a number": ("7", 422),
        "null": ("null", 422),
        "nothing": (None, 422),
        "a NUL": ('{"name": "a\\u0000b"}', 422),
        "a line feed": ('{"name": "a\\nb"}', 422),
        "half a character": ('{"name": "\\ud800"}', 422),
        "a tag's name with a NUL": ('{"name": "x", "tags": {"a\\u0000": "b"}}', 422),
        "a text for a number": ('{"name": "x", "rpmLimit": "5"}', 422),
        "a truth value for a number": ('{"name": "x", "rpmLimit": true}', 422),
        "a number for a truth value": ('{"name": "x", "overcommit": 1}', 422),
        "seconds for a time": ('{"name": "x", "expiresAt": 1700000000}', 422),
        "a number beyond all": ('{"name": "x", "budgetLimit": 1e9999999999999999999}', 400),
        "a name too long": ('{"name": "' + "x" * 129 + '"}', 422),
    }.values(),
)
def test_a_body_that_can_not_be_is_refused(admin, body, status):
    answer = admin("POST", "/apiKey", body)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert admin("GET", "/apiKey").json["data"] == []


def test_what_is_wrong_deep_in_a_body_is_named_by_its_path(admin):
    answer = admin(
        "POST", "/apiKey", '{"name": "x", "tags": {"team": "a\\tb"}, "allowedModels": ["\\u0007"]}'
    )
    assert answer.errors == {
        "tags.team": "must not contain control characters",
        "allowedModels.0": "must not contain control characters",
    }


@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]
)
def test_a_body_that_is_not_sent_as_json_is_refused(admin, media_type):
    answer = admin("POST", "/apiKey", NAMED, headers={"content-type": media_type})
    assert (answer.status, answer.headers["content-type"]) == (415, "application/problem+json")


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", ""])
def test_a_body_is_taken_for_json_if_nothing_else_is_said(admin, media_type):
    assert admin("POST", "/apiKey", NAMED, headers={"content-type": media_type}).status == 201


def test_a_parameter_that_the_route_does_not_know_is_refused_as_is_one_given_twice(admin):
    assert admin("GET", "/alerts", limits="5").errors == {"limits": "is not a parameter of this route"}
    assert admin("GET", "/alerts", key_id="x").errors == {"key_id": "is not a parameter of this route"}
    assert admin("GET", "/alerts/defaults", limit="5").status == 422
    twice = admin("GET", "/alerts", limit=["5", "6"])
    assert (twice.status, twice.errors) == (422, {"limit": "is given more than once"})


def test_who_may_not_do_it_is_told_so_before_what_is_wrong_with_it(admin):
    assert admin("POST", "/apiKey", "{", token=None).status == 401


def test_more_than_can_be_stored_is_told_from_other_failures(dynamodb, tables):
    large = {
        "TableName": tables["AuditTable"],
        "Item": values({"entity": "x", "at": "x", "a": "x" * 410_000}),
    }
    for write in (lambda: dynamodb.put_item(**large), lambda: transact(dynamodb, {"Put": large})):
        with pytest.raises(ServiceError) as failed:
            write()
        assert adapter.is_too_large(failed.value)
    with pytest.raises(ServiceError) as failed:
        dynamodb.get_item(TableName=tables["AuditTable"], Key=values({"entity": "x"}))
    assert not adapter.is_too_large(failed.value)


def test_more_than_can_be_stored_is_refused(admin, monkeypatch):
    message = "Item size has exceeded the maximum allowed size"
    error = ServiceError("PutItem", {"Error": {"Code": "ValidationException", "Message": message}})

    def fails(*_args):
        raise error

    monkeypatch.setattr(type(admin.services.admins), "add", fails)
    answer = admin("POST", "/admins", {"name": "x", "role": "viewer"})
    assert (answer.status, "400 KB" in answer.json["detail"]) == (422, True)
    error.response["Error"]["Message"] = "another"
    assert admin("POST", "/admins", {"name": "x", "role": "viewer"}).status == 500
