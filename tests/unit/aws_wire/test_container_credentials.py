"""Credentials of the environment, and of a container's endpoint, which end."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from aws_wire.credentials import ADVISORY, MANDATORY, PATIENCE, CredentialSource
from aws_wire.errors import ConfigurationError, CredentialsError, WireError
from tests.support.canned_aws import answers, hangs_up, refuses, sends

if TYPE_CHECKING:
    from tests.support.canned_aws import CannedAws, Clock

HOUR = 3600


def issued(number: int, ends: float, **changes: Any):
    moment = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {
        "AccessKeyId": f"AKID{number}",
        "SecretAccessKey": "hunter2",
        "Token": f"token{number}",
        "Expiration": moment,
        **changes,
    }
    return answers({name: value for name, value in said.items() if value is not None})


@pytest.fixture
def source(aws: CannedAws, clock: Clock) -> CredentialSource:
    return CredentialSource(of_container(aws), clock, clock.sleep)


def of_container(aws: CannedAws, **more: str) -> dict[str, str]:
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{aws.url}/credentials?role=a",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc=",
        **more,
    }


def test_those_of_the_environment_go_before_the_container(aws, clock):
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    found = CredentialSource(of_container(aws, **keys), clock).current()
    assert (found.access_key_id, found.secret_access_key, found.token) == ("a", "b", None)
    found = CredentialSource({**keys, "AWS_SESSION_TOKEN": "c"}, clock).current()
    assert found.token == "c"


@pytest.mark.parametrize("environment", [{}, {"AWS_ACCESS_KEY_ID": "a"}, {"AWS_ACCESS_KEY_ID": ""}])
def test_without_any_there_is_an_error(environment):
    with pytest.raises(CredentialsError):
        CredentialSource(environment).current()


def test_the_container_is_asked_once_with_its_token(aws, clock, source):
    aws.script.append(issued(1, clock.now + HOUR))
    assert source.current() is source.current()
    assert source.current().token == "token1"
    ((line, headers, _),) = aws.requests
    assert line == "GET /credentials?role=a HTTP/1.1"
    assert headers["authorization"] == "Basic abc="
    assert headers["host"] == f"127.0.0.1:{aws.port}"


def test_the_token_may_be_in_a_file_that_changes(aws, clock, tmp_path):
    file = tmp_path / "token"
    source = CredentialSource(of_container(aws, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file)), clock)
    for token in ("first", "second"):
        file.write_text(token)
        aws.script.append(issued(1, clock.now + HOUR))
        source.current()
        source.forget()
    assert [headers["authorization"] for _, headers, _ in aws.requests] == ["first", "second"]


@pytest.mark.parametrize("content", [None, "a\r\nX-Evil: 1", "ä", b"\xff\xfe"])
def test_a_token_that_is_no_header_is_refused_unsaid(aws, clock, tmp_path, content):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    environment = of_container(aws, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file))
    with pytest.raises(CredentialsError) as refused:
        CredentialSource(environment, clock, clock.sleep).current()
    assert "Evil" not in str(refused.value)
    assert aws.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://169.254.169.254/",
        "http://10.0.0.1/",
        "http://127.evil.com",
        "ftp://localhost",
    ],
)
def test_the_token_goes_to_nobody_else(url, clock):
    source = CredentialSource({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}, clock, clock.sleep)
    with pytest.raises((CredentialsError, ConfigurationError)):
        source.current()


def test_before_they_end_new_ones_are_fetched(aws, clock, source):
    end = clock.now + HOUR
    aws.script += [issued(1, end), issued(2, end + HOUR)]
    clock.now = end - HOUR
    assert source.current().token == "token1"
    clock.now = end - ADVISORY - 1
    assert source.current().token == "token1"
    clock.now = end - ADVISORY
    assert source.current().token == "token2"
    assert len(aws.requests) == 2


def test_while_the_old_ones_hold_they_do_where_the_endpoint_fails(aws, clock, source, caplog):
    end = clock.now + HOUR
    aws.script += [issued(1, end), *[hangs_up] * 3]
    source.current()
    clock.now = end - ADVISORY
    assert source.current().token == "token1"
    assert source.current().token == "token1"  # and is not asked again at once
    assert len(aws.requests) == 4
    assert "hunter2" not in caplog.text
    clock.now += PATIENCE
    aws.script.append(issued(2, end + HOUR))
    assert source.current().token == "token2"


def test_what_has_ended_signs_nothing(aws, clock, source):
    end = clock.now + HOUR
    aws.script += [issued(1, end), *[hangs_up] * 3]
    source.current()
    clock.now = end
    with pytest.raises(WireError):
        source.current()


@pytest.mark.parametrize(
    "answer",
    [
        answers(b"hunter2 {"),
        answers({"SecretAccessKey": "hunter2"}),
        answers(["hunter2"]),
        issued(1, 0),
        issued(1, 4e9, Expiration="hunter2"),
        issued(1, 4e9, Token="hunter2\r\n"),
        issued(1, 4e9, Token=None),
        refuses("hunter2", status=500),
        refuses("hunter2", status=403),
        sends(b"hunter2", close=True),
        hangs_up,
    ],
)
def test_an_answer_without_credentials_is_tried_three_times_and_never_told(aws, clock, source, answer):
    aws.otherwise = answer
    with pytest.raises(WireError) as failed:
        source.current()
    assert len(aws.requests) == 3
    chain: list[str] = []
    error: BaseException | None = failed.value
    while error is not None:
        chain.append(f"{error!r} {error!s} {vars(error)}")
        error = error.__cause__ or error.__context__
    assert "hunter2" not in " ".join(chain)


def test_one_thread_fetches_for_all_that_have_none(aws, clock, source):
    aws.otherwise = issued(1, clock.now + HOUR)
    assert {each.token for each in at_once(source, 16)} == {"token1"}
    assert len(aws.requests) == 1


def renewed_by_sixteen(aws, clock, source, left, when_found):
    """The tokens that threads get in the last seconds of the old ones."""
    end = clock.now + HOUR
    aws.script.append(issued(1, end))
    source.current()
    clock.now = end - left
    answer = issued(2, end + HOUR)

    def slow(incoming):
        incoming.server.go_on.wait(5 if when_found else 0.2)
        return answer(incoming)

    aws.script.append(slow)
    return {each.token for each in at_once(source, 16, when_found)}


def test_before_it_is_urgent_one_thread_renews_and_nobody_waits_for_it(aws, clock, source):
    def when_found(found):
        if len(found) == 15:
            aws.go_on.set()

    tokens = renewed_by_sixteen(aws, clock, source, ADVISORY - 1, when_found)
    assert tokens == {"token1", "token2"}
    assert len(aws.requests) == 2


def test_when_it_is_urgent_one_thread_renews_and_all_wait_for_it(aws, clock, source):
    assert renewed_by_sixteen(aws, clock, source, MANDATORY - 1, None) == {"token2"}
    assert len(aws.requests) == 2


def at_once(source: CredentialSource, threads: int, when_found: Any = None) -> list[Any]:
    barrier, found = threading.Barrier(threads), []

    def ask():
        barrier.wait(5)
        found.append(source.current())
        if when_found:
            when_found(found)

    started = [threading.Thread(target=ask) for _ in range(threads)]
    for each in started:
        each.start()
    for each in started:
        each.join(10)
    assert len(found) == threads
    return found


def test_what_was_forgotten_is_fetched_again_from_where_the_environment_says_then(aws, clock):
    environment = of_container(aws)
    source = CredentialSource(environment, clock)
    aws.script += [issued(1, clock.now + HOUR), issued(2, clock.now + HOUR)]
    source.current()
    source.forget()
    environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{aws.url}/restored"
    assert source.current().token == "token2"
    assert aws.requests[1][0] == "GET /restored HTTP/1.1"


def test_ecs_has_a_path_of_its_own(aws, clock, monkeypatch):
    monkeypatch.setattr("aws_wire.credentials._CONTAINER", aws.url)
    aws.script.append(issued(1, clock.now + HOUR))
    source = CredentialSource({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/a"}, clock)
    assert source.current().token == "token1"
    assert aws.requests[0][0] == "GET /v2/a HTTP/1.1"
    assert json.loads(aws.requests[0][2] or b"null") is None
