"""What signs a request is shown nowhere: in no repr, error or log."""

from __future__ import annotations

import logging
import types

import pytest

from aws_wire import dynamodb, ssm
from aws_wire.errors import ServiceError, WireError
from tests.support.canned_aws import answers, environment, hangs_up, http, is_silent, refuses, sends

SECRET, TOKEN = "a-very-secret-key", "a-very-secret-token"
UPDATE = {"TableName": "t", "Key": {"id": {"S": "1"}}}
CODE = (types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType)
NO_PARTS = (type, str, bytes, *CODE)


def parts(thing, seen):
    """Everything that can be reached from an object."""
    if id(thing) in seen or isinstance(thing, (int, float, type(None))):
        return
    seen[id(thing)] = thing
    yield thing
    if isinstance(thing, NO_PARTS):
        return
    inner = list(getattr(thing, "__dict__", {}).values())
    for kind in type(thing).__mro__:
        inner += [getattr(thing, slot, None) for slot in getattr(kind, "__slots__", ())]
    if isinstance(thing, dict):
        inner += [*thing.keys(), *thing.values()]
    if isinstance(thing, (list, tuple, set, frozenset)):
        inner += thing
    for each in inner:
        yield from parts(each, seen)


def shown(*things):
    """How objects and all that they hold present themselves; plain text and the environment itself apart."""
    found = []
    for thing in things:
        for part in parts(thing, {}):
            if not isinstance(part, (str, bytes, dict)) or isinstance(thing, BaseException):
                found += [repr(part), str(part)]
    return "\n".join(found)


def assert_hidden(text):
    assert SECRET not in text
    assert TOKEN not in text
    assert "AWS4-HMAC-SHA256 Credential" not in text


def test_no_object_shows_what_it_signs_with(aws, clock, caplog):
    caplog.set_level(logging.DEBUG)
    items, parameters = dynamodb.connect(environment(aws.url)), ssm.connect(environment(aws.url))
    items.update_item(**UPDATE)
    parameters.get_parameter(Name="n")
    pending = items.begin_update_items([UPDATE])
    text = shown(items, parameters, pending)
    assert "Credentials(...)" in text  # it was reached
    assert_hidden(text)
    pending.close()
    assert_hidden(caplog.text)


def canonical(incoming):
    """What AWS says to a wrong signature: all that was signed."""
    _, headers, _ = incoming.server.requests[-1]
    said = "\n".join(f"{name}:{value}" for name, value in headers.items())
    return refuses("InvalidSignatureException", f"The Canonical String should have been {said}")(incoming)


@pytest.mark.parametrize(
    "action",
    [
        canonical,
        hangs_up,
        is_silent,
        refuses("ExpiredTokenException"),
        sends(http(b"x" * 3_990 + TOKEN.encode() * 9, status="400 No")),
        refuses("InternalServerError", status=500),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + TOKEN.encode()[:9], close=True),
        answers(b"{", crc=1),
    ],
)
def test_no_error_shows_what_was_signed_with(aws, connect, caplog, action):
    caplog.set_level(logging.DEBUG)
    aws.otherwise = action
    with pytest.raises(WireError) as failed:
        connect(read_timeout=0.05, tries=2).update_item(**UPDATE)
    error: BaseException | None = failed.value
    while error is not None:
        assert_hidden(shown(error).replace("\\n", "\n"))
        error = error.__cause__ or error.__context__
    assert_hidden(caplog.text)


def test_the_signature_that_aws_repeats_is_cut_out(aws, client):
    aws.otherwise = canonical
    with pytest.raises(ServiceError) as failed:
        client.update_item(**UPDATE)
    said = failed.value.response["Error"]["Message"]
    assert "authorization:...\n" in said
    assert "x-amz-security-token:..." in said
