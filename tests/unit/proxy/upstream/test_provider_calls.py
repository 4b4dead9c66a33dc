"""What goes to a provider over the wire, and what comes back as it comes: against bare sockets."""

from __future__ import annotations

import socket
import struct
import threading
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from tests.support.bare_server import PATIENCE, sends, serving
from tests.support.builders import NOW, provider
from tollgate.catalog.auth import auth_schemes
from tollgate.catalog.catalog import AuthHeader, ProviderApi, ProviderType
from tollgate.refusals import Reason
from tollgate_proxy.upstream.connections import NotConnectedError
from tollgate_proxy.upstream.provider_calls import (
    Fault,
    Timeouts,
    Upstream,
    UpstreamAnswer,
    UpstreamError,
    UpstreamRequest,
)
from tollgate_proxy.upstream.provider_pool import ProviderPool

HEAD = b"HTTP/1.1 200 OK\r\n"
STREAM = HEAD + b"Content-Type: text/event-stream\r\n"
WHOLE = HEAD + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def upstream():
    made = Upstream()
    yield made
    made.pool.clear()


def ask(
    upstream,
    port,
    *,
    credential="sk-provider",
    headers=None,
    scheme="http",
    host="127.0.0.1",
    asked=None,
    **of_provider,
):
    made = provider(f"{scheme}://{host}:{port}/v1", **of_provider)
    plain = {
        "method": "POST",
        "path": "/chat/completions",
        "body": b"{}",
        "answer_seconds": 30.0,
        "seconds": 30.0,
        "api": ProviderApi.MESSAGES if made.type is ProviderType.ANTHROPIC else ProviderApi.CHAT,
    }
    return upstream.send(
        made, credential, UpstreamRequest(**{**plain, "headers": headers or {}, **(asked or {})})
    )


def fault_of(read):
    with pytest.raises(UpstreamError) as failed:
        read()
    return failed.value


def headers_sent(upstream, **asked):
    with serving(sends(WHOLE)) as server:
        assert b"".join(ask(upstream, server.port, **asked).chunks) == b"{}"
    ((_, headers, _),) = server.requests
    return headers


def test_the_path_follows_the_providers_base_url_and_the_body_goes_as_it_is(upstream):
    body = '{"content": "räume"}'.encode()
    with serving(sends(WHOLE)) as server:
        ask(upstream, server.port, asked={"path": "/messages?beta=true", "body": body}).close()
    ((first, headers, sent),) = server.requests
    assert first == "POST /v1/messages?beta=true HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert sent == body


def test_a_request_without_a_body_has_none(upstream):
    with serving(sends(WHOLE)) as server:
        ask(upstream, server.port, asked={"method": "GET", "path": "/responses/resp_1", "body": None}).close()
    ((first, headers, sent),) = server.requests
    assert (first, sent) == ("GET /v1/responses/resp_1 HTTP/1.1", b"")
    assert "content-type" not in headers


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (AuthHeader.AUTHORIZATION, {"authorization": "Bearer sk-provider"}),
        (AuthHeader.X_API_KEY, {"x-api-key": "sk-provider"}),
        (AuthHeader.API_KEY, {"api-key": "sk-provider"}),
        (AuthHeader.NONE, {}),
    ],
)
def test_the_key_goes_in_the_header_that_the_provider_wants(upstream, kind, sent):
    headers = headers_sent(upstream, auth_header=kind)
    keys = {name: headers[name] for name in ("authorization", "x-api-key", "api-key") if name in headers}
    assert keys == sent


@pytest.mark.parametrize("kind", auth_schemes.SCHEMES)
def test_nothing_of_a_client_goes_to_a_provider_but_what_chooses_an_api(upstream, kind):
    clients = {
        "authorization": "Bearer sk-tg-client",
        "x-api-key": "sk-tg-client",
        "api-key": "sk-tg-client",
        "cookie": "session=1",
        "host": "gateway.example",
        "content-length": "999",
        "content-type": "text/plain",
        "transfer-encoding": "chunked",
        "accept-encoding": "gzip",
        "user-agent": "client/1",
        "x-forwarded-for": "10.0.0.1",
        "x-forwarded-host": "inside",
        "forwarded": "for=10.0.0.1",
        "via": "1.1 gateway",
        "x-amzn-trace-id": "Root=1",
        "openai-organization": "org-client",
        "openai-project": "proj-client",
        "idempotency-key": "mine",
        "x-stainless-os": "Linux",
        "accept": "text/event-stream",
        "openai-beta": "responses=v1",
        "anthropic-beta": "files-api-2025-04-14",
        "anthropic-version": "2099-01-01",
    }
    headers = headers_sent(upstream, headers=clients, auth_header=kind)
    for name in ("authorization", "x-api-key", "api-key", "host"):
        assert "sk-tg-client" not in headers.pop(name, "")
    assert headers == {
        "accept": "text/event-stream",
        "openai-beta": "responses=v1",
        "anthropic-beta": "files-api-2025-04-14",
        "anthropic-version": "2099-01-01",
        "accept-encoding": "identity",
        "user-agent": "tollgate",
        "content-type": "application/json",
        "content-length": "2",
    }


def test_a_vendors_further_headers_pass_and_what_is_held_back_is_named(upstream):
    clients = {
        "openai-beta": "foo=1",
        "openai-client-thing": "x",
        "openai-organization": "org-client",
        "anthropic-thing": "x",
    }
    with serving(sends(WHOLE)) as server:
        answer = ask(upstream, server.port, headers=clients)
        answer.close()
    ((_, headers, _),) = server.requests
    assert {name for name in clients if name in headers} == {"openai-client-thing"}
    assert answer.headers["x-tollgate-dropped"] == "openai-beta: foo=1; openai-organization"


@pytest.mark.parametrize(
    ("kind", "clients", "sent"),
    [
        (ProviderType.ANTHROPIC, {}, "2023-06-01"),
        (ProviderType.ANTHROPIC, {"anthropic-version": "2099-01-01"}, "2099-01-01"),
        (ProviderType.OPENAI, {}, None),
    ],
)
def test_anthropics_api_is_asked_for_by_version(upstream, kind, clients, sent):
    assert headers_sent(upstream, type=kind, headers=clients).get("anthropic-version") == sent


def test_a_providers_status_and_headers_come_back_but_those_of_its_connection(upstream):
    head = (
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        b"Retry-After: 7\r\nX-RateLimit-Remaining-Requests: 0\r\nX-Request-Id: theirs\r\n"
        b"Set-Cookie: session=1\r\nServer: nginx\r\nDate: today\r\nKeep-Alive: timeout=5\r\n\r\n{}"
    )
    with serving(sends(head)) as server:
        answer = ask(upstream, server.port)
        assert b"".join(answer.chunks) == b"{}"
    assert answer.status == 429
    assert answer.headers == {
        "content-type": "application/json",
        "retry-after": "7",
        "x-ratelimit-remaining-requests": "0",
    }
    assert answer.request_id == "theirs"
    assert answer.retry_after(NOW) == 7


MANY = b"".join(b"X-Many-%d: 1\r\n" % number for number in range(500))
LONG = b"X-Long: %b\r\n" % (b"1" * 200_000)
BODY = b"Content-Type: application/json\r\nContent-Length: 2\r\nRetry-After: 7\r\n\r\n{}"


@pytest.mark.parametrize(
    "lines",
    [
        MANY,
        LONG,
        LONG * 5,
        MANY + LONG,
        b"no header at all\r\n",
        b"x y: 1\r\n",
        b": 1\r\n",
        b"X-Folded: 1\r\n\tover: two\r\n",
    ],
    ids=["many", "long", "five long", "both", "no colon", "a blank", "no name", "folded"],
)
def test_headers_that_can_not_be_borne_are_left_out_and_the_answer_is_not(upstream, lines):
    with serving(sends(HEAD + lines + BODY)) as server:
        for _ in range(2):
            answer = ask(upstream, server.port)
            assert b"".join(answer.chunks) == b"{}"
            assert answer.headers["content-type"] == "application/json"
            assert answer.retry_after(NOW) == 7
            assert not {"x-long", "over"} & answer.headers.keys()
            assert sum(len(name) + len(value) + 4 for name, value in answer.headers.items()) <= 6 * 1024
    assert len(server.connections) == 1


def test_a_head_without_end_is_no_answer(upstream):
    def endless(_server, connection):
        connection.sendall(HEAD + b"X-Long: ")
        while True:  # until the client hangs up
            connection.sendall(b"1" * 65_536)

    with serving(endless) as server:
        failed = fault_of(lambda: ask(upstream, server.port))
    assert failed.fault is Fault.BROKEN_OFF


@pytest.mark.parametrize(
    "status",
    [b"101 Switching Protocols", b"103 Early Hints", b"199 What", b"204 None", b"304 Old", b"600 What"],
)
def test_what_follows_an_answer_without_a_body_is_not_taken_for_the_next_one(upstream, status):
    late = b"HTTP/1.1 %b\r\nContent-Length: 7\r\n\r\nanother" % status
    with serving(sends(late)) as server:
        first = ask(upstream, server.port)
        assert first.status == int(status[:3])
        first.close()
        server.answer = sends(WHOLE)
        assert b"".join(ask(upstream, server.port).chunks) == b"{}"
    assert len(server.connections) == 2


@pytest.mark.parametrize("name", [b"1" * 300, b"r\xc3\xa4ume"])
def test_a_providers_name_for_a_request_that_no_header_could_say_is_none(upstream, name):
    head = HEAD + b"X-Request-Id: %b\r\nRequest-Id: req_1\r\nContent-Length: 2\r\n\r\n{}" % name
    with serving(sends(head)) as server:
        answer = ask(upstream, server.port)
        answer.close()
    assert answer.request_id == "req_1"


def test_a_redirection_is_not_followed(upstream):
    with serving(
        sends(b"HTTP/1.1 307 Elsewhere\r\nLocation: /v1/other\r\nContent-Length: 0\r\n\r\n")
    ) as server:
        answer = ask(upstream, server.port)
        assert (answer.status, b"".join(answer.chunks)) == (307, b"")
    assert len(server.requests) == 1


def chunked(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


FRAMINGS = {
    "chunked": (STREAM + b"Transfer-Encoding: chunked\r\n\r\n", chunked, b"0\r\n\r\n", False),
    "content-length": (STREAM + b"Content-Length: 20\r\n\r\n", bytes, b"", False),
    "until it closes": (STREAM + b"Connection: close\r\n\r\n", bytes, b"", True),
}


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
def test_each_piece_is_here_before_the_next_one_exists(upstream, framing):
    head, framed, end, closes = framing
    pieces = [b"data: one\n", b"data: two\n"]

    def answer(server, connection):
        connection.sendall(head + framed(pieces[0]))
        server.wait()
        connection.sendall(framed(pieces[1]) + end)
        return not closes

    with serving(answer) as server:
        answered = ask(upstream, server.port)
        assert answered.is_event_stream
        assert next(answered.chunks) == pieces[0]
        server.go_on.set()
        assert b"".join(answered.chunks) == pieces[1]


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
def test_of_a_stream_silence_is_told_by_an_empty_piece_and_nothing_is_lost(framing):
    head, framed, end, closes = framing
    pieces = [b"data: one\n", b"data: two\n"]

    def answer(server, connection):
        connection.sendall(head + framed(pieces[0]))
        server.wait()
        connection.sendall(framed(pieces[1]) + end)
        return not closes

    impatient = Upstream(Timeouts(quiet=0.01))
    with serving(answer) as server:
        answered = ask(impatient, server.port, asked={"streams": True})
        assert answered.quiet == 0.01
        assert next(filter(None, answered.chunks)) == pieces[0]
        assert (next(answered.chunks), next(answered.chunks)) == (b"", b"")
        server.go_on.set()
        assert b"".join(answered.chunks) == pieces[1]
        impatient.pool.clear()


def test_of_a_stream_that_stays_silent_for_too_long_comes_no_more():
    def answer(server, connection):
        connection.sendall(STREAM + b"\r\ndata")
        server.wait()

    impatient = Upstream(Timeouts(quiet=0.01, between_chunks=0.05))
    with serving(answer) as server:
        answered = ask(impatient, server.port, asked={"streams": True})
        assert next(filter(None, answered.chunks)) == b"data"
        assert fault_of(lambda: b"".join(answered.chunks)).fault is Fault.TIMEOUT
        server.go_on.set()


def test_the_answers_head_is_here_before_its_body_exists(upstream):
    def answer(server, connection):
        connection.sendall(STREAM + b"Transfer-Encoding: chunked\r\n\r\n")
        server.wait()
        connection.sendall(chunked(b"data") + b"0\r\n\r\n")

    with serving(answer) as server:
        answered = ask(upstream, server.port)
        assert answered.status == 200
        server.go_on.set()
        assert b"".join(answered.chunks) == b"data"


def test_a_large_body_comes_whole(upstream):
    body = bytes(range(256)) * 4000
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(body)
    with serving(sends(head, body)) as server:
        assert b"".join(ask(upstream, server.port).chunks) == body


CUT = {
    "chunked, between chunks": STREAM + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"data: one\n"),
    "chunked, within one": STREAM
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + chunked(b"data: one\n")
    + b"a\r\nda",
    "content-length": STREAM + b"Content-Length: 99\r\n\r\ndata: one\n",
    "no HTTP any more": STREAM + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"data: one\n") + b"zz\r\n",
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT)
def test_a_body_that_is_cut_has_broken_off_after_what_came(upstream, cut):
    with serving(sends(cut, close=True)) as server:
        chunks = ask(upstream, server.port).chunks
        received = []
        failed = fault_of(lambda: received.extend(iter(lambda: next(chunks), None)))
    assert b"".join(received).startswith(b"data: one\n")
    assert (failed.fault, failed.refused.reason) == (Fault.BROKEN_OFF, Reason.PROVIDER_UNAVAILABLE)
    assert failed.refused.message == "The response of the provider mock was cut off."


def test_a_provider_that_says_nothing_is_too_slow():
    upstream = Upstream(Timeouts(first_byte=0.2))
    with serving(lambda server, connection: server.wait()) as server:
        failed = fault_of(lambda: ask(upstream, server.port, asked={"streams": True}))
        server.go_on.set()
    assert (failed.fault, failed.refused.reason) == (Fault.TIMEOUT, Reason.PROVIDER_TIMEOUT)
    assert failed.sent


def test_without_a_stream_a_provider_has_all_the_time_that_there_is_for_its_first_byte():
    upstream = Upstream(Timeouts(first_byte=0.0001))
    with serving(sends(WHOLE)) as server:
        assert ask(upstream, server.port, asked={"streams": False}).status == 200


def test_a_provider_that_has_no_more_time_is_too_slow(upstream):
    with serving(lambda server, connection: server.wait()) as server:
        failed = fault_of(lambda: ask(upstream, server.port, asked={"answer_seconds": 0.2}))
        server.go_on.set()
    assert failed.fault is Fault.TIMEOUT


def test_a_provider_that_falls_silent_in_the_middle_is_too_slow():
    upstream = Upstream(Timeouts(between_chunks=0.2))

    def answer(server, connection):
        connection.sendall(STREAM + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"data: one\n"))
        server.wait()
        return False

    with serving(answer) as server:
        chunks = ask(upstream, server.port).chunks
        assert next(chunks) == b"data: one\n"
        failed = fault_of(lambda: next(chunks))
        server.go_on.set()
    assert (failed.fault, failed.refused.reason) == (Fault.TIMEOUT, Reason.PROVIDER_TIMEOUT)


def test_a_stream_that_goes_on_and_on_ends_when_the_time_is_up():
    now = [0.0]
    upstream = Upstream(monotonic=lambda: now[0])

    def answer(_server, connection):
        connection.sendall(STREAM + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:  # until the client hangs up
            connection.sendall(chunked(b"data: more\n"))

    with serving(answer) as server:
        chunks = ask(upstream, server.port, asked={"streams": True, "seconds": 30.0}).chunks
        assert next(chunks) == b"data: more\n"
        now[0] = 29.9
        assert next(chunks) == b"data: more\n"
        now[0] = 30.0
        failed = fault_of(lambda: next(chunks))
    assert failed.fault is Fault.TIMEOUT


def test_who_does_not_listen_can_not_be_reached(upstream):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    failed = fault_of(lambda: ask(upstream, port))
    assert (failed.fault, failed.refused.reason) == (Fault.UNREACHABLE, Reason.PROVIDER_UNAVAILABLE)
    assert failed.refused.message == "The provider mock could not be reached."
    assert not failed.sent


def test_a_connection_without_tls_was_never_asked_anything(upstream):
    """The handshake fails before the request is sent, so the provider can't have done the work."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak_plainly():
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(PATIENCE)
                connection.recv(1)
                connection.sendall(WHOLE)

        thread = threading.Thread(target=speak_plainly, daemon=True)
        thread.start()
        failed = fault_of(lambda: ask(upstream, listener.getsockname()[1], scheme="https"))
        thread.join(PATIENCE)
    assert failed.fault is Fault.UNREACHABLE


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST"])
def test_a_name_that_leads_to_the_own_machine_gets_not_a_byte(upstream, scheme, host):
    with serving(sends(WHOLE)) as server:
        failed = fault_of(lambda: ask(upstream, server.port, scheme=scheme, host=host))
        assert server.requests == []
    assert failed.fault is Fault.UNREACHABLE
    assert failed.refused.message.endswith(
        "has a host name that resolves to the gateway's own machine or network. Ask your administrator."
    )


def test_a_local_stacks_provider_may_have_a_name():
    pool = ProviderPool(loopback_allowed=True)
    with serving(sends(WHOLE)) as server:
        assert b"".join(ask(Upstream(pool=pool), server.port, host="localhost").chunks) == b"{}"
    pool.clear()


def test_a_handshake_that_is_never_answered_was_no_request():
    upstream = Upstream(Timeouts(connect=0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failed = fault_of(lambda: ask(upstream, silent.getsockname()[1], scheme="https"))
    assert failed.fault is Fault.UNREACHABLE


def reset(connection):
    # A linger of zero seconds makes closing a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


@pytest.mark.parametrize(
    "answer",
    [
        lambda server, connection: reset(connection),
        lambda server, connection: False,
        sends(b"HTTP/1.", close=True),
        sends(b"no HTTP at all\r\n\r\n", close=True),
    ],
    ids=["reset", "closed", "half a line", "nonsense"],
)
def test_a_connection_that_ends_after_the_request_was_sent_may_have_been_worked_on(upstream, answer):
    with serving(answer) as server:
        failed = fault_of(lambda: ask(upstream, server.port))
    assert (failed.fault, failed.sent) == (Fault.BROKEN_OFF, True)
    assert len(server.requests) == 1


@pytest.mark.parametrize("whole", [WHOLE, FRAMINGS["chunked"][0] + chunked(b"{}") + b"0\r\n\r\n"])
def test_a_connection_serves_again_after_a_whole_body(upstream, whole):
    with serving(sends(whole)) as server:
        for _ in range(3):
            assert b"".join(ask(upstream, server.port).chunks) == b"{}"
    assert (len(server.requests), len(server.connections)) == (3, 1)


def test_a_connection_whose_body_is_given_up_is_closed(upstream):
    with serving(sends(WHOLE)) as server:
        ask(upstream, server.port).close()
        assert b"".join(ask(upstream, server.port).chunks) == b"{}"
    assert len(server.connections) == 2


def test_a_connection_whose_body_is_given_up_half_read_is_closed(upstream):
    with serving(
        sends(STREAM + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"one"), close=True)
    ) as server:
        chunks = ask(upstream, server.port).chunks
        assert next(chunks) == b"one"
        chunks.close()
        server.answer = sends(WHOLE)
        assert b"".join(ask(upstream, server.port).chunks) == b"{}"
    assert len(server.connections) == 2


class NotingPool:
    """Sends nothing, but notes for how long it might have taken."""

    cleared = 0

    def clear(self):
        self.cleared += 1

    def ask(self, _method, _url, _body, _headers, waits):
        self.waits = waits
        raise NotConnectedError("noted")


def test_connections_that_a_frozen_process_may_have_lost_are_not_used_again():
    pool: Any = NotingPool()
    now = [1000.0]
    upstream = Upstream(pool=pool, clock=lambda: now[0])
    for seconds, cleared in [(0, 1), (29, 1), (30, 1), (31, 2)]:
        now[0] += seconds
        fault_of(lambda: ask(upstream, 1))
        assert pool.cleared == cleared


@pytest.mark.parametrize(
    ("streams", "seconds", "connect", "read"),
    [
        (False, 100, 5, 100),
        (True, 100, 5, 30),
        (True, 20, 5, 20),
        (False, 2, 2, 2),
        (True, 0, 0.1, 0.1),
    ],
)
def test_connecting_and_waiting_together_take_no_longer_than_there_is_time(streams, seconds, connect, read):
    pool: Any = NotingPool()
    upstream = Upstream(Timeouts(connect=5, first_byte=30), pool)
    fault_of(lambda: ask(upstream, 1, asked={"streams": streams, "answer_seconds": seconds}))
    assert pool.waits == (connect, read, max(seconds, 0.1))


@pytest.mark.parametrize(
    ("content_type", "is_stream"),
    [
        ("text/event-stream", True),
        ("text/event-stream; charset=utf-8", True),
        ("Text/Event-Stream;charset=UTF-8", True),
        ("application/json", False),
        ("application/json; of=text/event-stream", False),
        ("", False),
    ],
)
def test_an_event_stream_is_known_by_its_type_however_it_is_written(content_type, is_stream):
    assert UpstreamAnswer(200, {"content-type": content_type}, None, iter(())).is_event_stream is is_stream


def test_without_a_type_there_is_no_event_stream():
    assert not UpstreamAnswer(200, {}, None, iter(())).is_event_stream


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("0.5", 0.5), ("0", None), ("-1", None), ("nan", None), ("soon", None), ("", None)],
)
def test_a_pause_that_a_provider_asks_for_is_a_positive_number(text, seconds):
    assert UpstreamAnswer(429, {"retry-after": text}, None, iter(())).retry_after(NOW) == seconds


def test_a_pause_until_a_moment_is_as_long_as_it_is_until_then():
    now = NOW.replace(microsecond=0)
    until = format_datetime(now + timedelta(seconds=90), usegmt=True)
    assert UpstreamAnswer(429, {"retry-after": until}, None, iter(())).retry_after(now) == 90
