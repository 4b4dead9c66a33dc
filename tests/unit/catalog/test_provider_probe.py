"""What an admin asks of a provider, against bare sockets: what is told of it, and where it does not go."""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.bare_server import PATIENCE, sends, serving
from tests.support.gzipped import gzipped
from tollgate.catalog.auth import auth_schemes
from tollgate.catalog.catalog import ApiEndpoint, AuthHeader, ProviderApi
from tollgate_admin.catalog import provider_probe
from tollgate_admin.catalog.provider_probe import ProbeError, ProviderProbe, within

KEY = "sk-provider-0123456789"
LISTED = {"data": [{"id": "small"}]}
LOCAL = "127.0.0.1"


def answer(body: bytes | dict, status: str = "200 OK", *headers: str) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = "".join(f"{each}\r\n" for each in (f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", *headers))
    return head.encode() + b"\r\n" + raw


def asking(
    base_url: str,
    *,
    loopback_allowed: bool = True,
    seconds: float = PATIENCE,
    resolve=socket.getaddrinfo,
    api: ProviderApi = ProviderApi.CHAT,
    auth_header: AuthHeader = AuthHeader.AUTHORIZATION,
) -> ProviderProbe:
    endpoint = ApiEndpoint(api, base_url, auth_header)
    auth = auth_schemes.SCHEMES[auth_header]
    return ProviderProbe(endpoint, KEY, auth, time.monotonic() + seconds, loopback_allowed, resolve=resolve)


def failure(inquiry: ProviderProbe, path: str = "/models") -> ProbeError:
    with pytest.raises(ProbeError) as failed:
        inquiry.get(path)
    assert KEY not in failed.value.message
    return failed.value


def failed_with(*pieces: bytes) -> ProbeError:
    with serving(sends(*pieces, close=True)) as server:
        return failure(asking(f"http://{LOCAL}:{server.port}/v1"))


def meaning(*addresses: str):
    """Every name means these addresses."""

    def looked_up(_host: str, port: int, **_: object) -> list:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    return looked_up


@pytest.mark.parametrize(
    ("kind", "header", "sent"),
    [
        (AuthHeader.AUTHORIZATION, "authorization", f"Bearer {KEY}"),
        (AuthHeader.X_API_KEY, "x-api-key", KEY),
        (AuthHeader.API_KEY, "api-key", KEY),
        (AuthHeader.NONE, "authorization", None),
    ],
)
def test_a_provider_is_asked_below_its_base_url_with_its_key_where_it_wants_it(kind, header, sent):
    with serving(sends(answer(LISTED))) as server:
        inquiry = asking(f"http://{LOCAL}:{server.port}/openai/v1", auth_header=kind)
        assert inquiry.get("/models?limit=5") == LISTED
    ((first, headers, body),) = server.requests
    assert (first, body) == ("GET /openai/v1/models?limit=5 HTTP/1.1", b"")
    assert headers.get(header) == sent
    assert headers["host"] == f"{LOCAL}:{server.port}"
    assert "anthropic-version" not in headers


def test_anthropic_is_asked_for_its_version():
    with serving(sends(answer(LISTED))) as server:
        asking(f"http://{LOCAL}:{server.port}", api=ProviderApi.MESSAGES).get("/models")
    ((_, headers, _),) = server.requests
    assert headers["anthropic-version"] == "2023-06-01"


SAYS = {"error": {"message": f"No\nsuch\x1b[31m thing {KEY} {KEY[:4]}…, ask ops"}}
STATUSES = {
    "401 Unauthorized": "The provider rejected the API key (401).",
    "403 Forbidden": "The provider rejected the API key (403).",
    "404 Not Found": "The provider has no list of models below its base URL (404): No such [31m thing … … "
    "ask ops",
    "429 Too Many Requests": "The provider is limiting requests (429): No such [31m thing … … ask ops",
    "503 Unavailable": "The provider returned status 503: No such [31m thing … … ask ops",
    "307 Temporary Redirect": "The provider returned a redirect (307), which is not followed.",
}


@pytest.mark.parametrize(("status", "message"), STATUSES.items(), ids=STATUSES)
def test_a_status_is_explained_without_anything_of_the_key(status, message):
    error = failed_with(answer(SAYS, status, "Location: http://127.0.0.1:1/elsewhere"))
    assert (error.message, error.status) == (message, int(status[:3]))


TOLD = {
    "a text": ({"error": "broken"}, "The provider returned status 500: broken"),
    "a message": ({"message": "broken"}, "The provider returned status 500: broken"),
    "no text": ({"error": {"message": {"a": 1}}}, "The provider returned status 500."),
    "no JSON": (b"<html>secret inside</html>", "The provider returned status 500."),
    "a list": (b"[1]", "The provider returned status 500."),
    "deep nesting": (b"[" * 100_000, "The provider returned status 500."),
    "much": ({"error": "x" * 5000}, f"The provider returned status 500: {'x' * 200}…"),
}


@pytest.mark.parametrize(("body", "message"), TOLD.values(), ids=TOLD)
def test_of_what_a_provider_says_a_short_message_is_told(body, message):
    assert failed_with(answer(body, "500 Internal Server Error")).message == message


BROKEN = {
    "no JSON": (
        answer(b"<html>", "200 OK", "Content-Type: text/html"),
        "The provider's response is not JSON (text/html).",
    ),
    "deep nesting": (answer(b"[" * 100_000), "The provider's response is not JSON (nothing)."),
    "an encoding": (
        answer(gzipped(b"{}"), "200 OK", "Content-Encoding: gzip"),
        "The provider used a content encoding that was not requested.",
    ),
    "a part": (answer(LISTED)[:-3], "The provider's response was cut off or is not HTTP."),
    "nothing": (b"", "The provider's response was cut off or is not HTTP."),
    "no HTTP": (b"SSH-2.0-server\r\n\r\n", "The provider's response was cut off or is not HTTP."),
}


@pytest.mark.parametrize(("sent", "message"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_answer_is_explained(sent, message):
    assert failed_with(sent).message == message


def test_no_more_is_read_than_a_list_can_have():
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with serving(sends(head, *[b" " * 1_000_000] * 50, close=True)) as server:
        error = failure(asking(f"http://{LOCAL}:{server.port}"))
    assert (error.message, error.status) == ("The provider's response is too long.", 200)


def silent(server, _connection) -> bool:
    server.wait()
    return False


def test_a_provider_that_is_silent_is_given_up():
    with serving(silent) as server:
        assert (
            failure(asking(f"http://{LOCAL}:{server.port}", seconds=0.2)).message == provider_probe._TOO_LATE
        )
        server.go_on.set()


def test_a_provider_that_sends_on_and_on_is_given_up_when_time_is_over():
    """Each piece comes in time; time passes with each look at the clock."""
    now = iter(range(1_000))
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with serving(sends(head, *[b" " * 65_536] * 50, close=True)) as server:
        endpoint = ApiEndpoint(ProviderApi.CHAT, f"http://{LOCAL}:{server.port}", AuthHeader.AUTHORIZATION)
        auth = auth_schemes.SCHEMES[endpoint.auth_header]
        inquiry = ProviderProbe(endpoint, KEY, auth, 5, loopback_allowed=True, monotonic=lambda: next(now))
        assert failure(inquiry).message == provider_probe._TOO_LATE


def test_what_can_not_be_interrupted_is_left():
    done = threading.Event()
    with pytest.raises(ProbeError, match="in time"):
        within(0.05, lambda: done.wait(PATIENCE))
    done.set()
    assert within(PATIENCE, lambda: "an answer") == "an answer"


def test_a_provider_where_nobody_listens_could_not_be_reached():
    with socket.socket() as unheard:
        unheard.bind((LOCAL, 0))
        error = failure(asking(f"http://{LOCAL}:{unheard.getsockname()[1]}"))
    assert (error.message, error.status) == ("The provider could not be reached: no connection.", None)


def test_a_name_that_means_nothing_is_not_resolved():
    def fails(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert (
        failure(asking("https://nowhere.example.com", resolve=fails)).message
        == "The provider's host name could not be resolved."
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:10.0.0.5", "64:ff9b::a9fe:a9fe", "fe80::1%eth0"])
def test_a_name_that_means_the_gateways_own_machine_or_network_is_not_asked(address):
    means = meaning("93.184.215.14", address)
    error = failure(asking("https://rebound.example.com/v1", loopback_allowed=False, resolve=means))
    assert (
        error.message
        == "The provider's host name resolves to an address of the gateway's own machine or network."
    )


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:9001", "http://api.example.com", "https://localhost"])
def test_a_base_url_that_would_not_be_taken_any_more_is_not_asked(base_url):
    assert failure(asking(base_url, loopback_allowed=False)).message.startswith(
        "The provider's base URL must "
    )


def test_the_next_address_is_tried_where_one_takes_no_connection():
    means = meaning("127.0.0.2", LOCAL)
    with serving(sends(answer(LISTED))) as server:
        assert asking(f"http://a.localhost:{server.port}", resolve=means).get("/models") == LISTED
    ((_, headers, _),) = server.requests
    assert headers["host"] == f"a.localhost:{server.port}"


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A server's side of TLS as api.example.com, and the file that a client trusts it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("api.example.com"), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(plain + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, str(file)


def test_an_address_must_prove_to_be_the_host(certified, monkeypatch):
    context, file = certified
    monkeypatch.setenv("SSL_CERT_FILE", file)
    with serving(sends(answer(LISTED)), context) as server:
        assert (
            asking(f"https://api.example.com:{server.port}/v1", resolve=meaning(LOCAL)).get("/models")
            == LISTED
        )
    with serving(sends(answer(LISTED)), context) as server:
        error = failure(asking(f"https://other.example.com:{server.port}/v1", resolve=meaning(LOCAL)))
    assert error.message.startswith("The provider's TLS connection can't be trusted: Hostname mismatch")
    assert server.requests == []


def test_a_certificate_that_nobody_trusts_is_no_proof(certified):
    context, _ = certified
    with serving(sends(answer(LISTED)), context) as server:
        error = failure(asking(f"https://api.example.com:{server.port}/v1", resolve=meaning(LOCAL)))
    assert error.message == "The provider's TLS connection can't be trusted: self-signed certificate."
    assert (server.requests, error.status) == ([], None)
