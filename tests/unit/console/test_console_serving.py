"""What the console's function answers: the right bytes, for as long as they last, and nothing else."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from aws_wire.errors import WireError
from tollgate_console import handler
from tollgate_console.console import Console
from tollgate_console.issuers import Issuer, KnownIssuer
from tollgate_console.site import Site

INDEX = '<html><head><base href="/console/" /><script src="./assets/app-1.js"></script></head></html>'
WRITTEN = {
    "issuer": "https://issuer.example.com/pool-1",
    "clientId": "client-1",
    "scopes": "openid email",
    "name": "Example",
    "origins": "https://tokens.example.com",
    "roleClaim": "groups",
    "owners": "platform",
}
ISSUER = Issuer(
    "https://issuer.example.com/pool-1",
    "client-1",
    "openid email",
    "Example",
    ("https://tokens.example.com",),
)
FILES = {
    "index.html": INDEX.encode(),
    "icon.svg": b"<svg/>",
    "assets/app-1.js": b"plain",
    "assets/app-1.js.br": b"brotli",
    "assets/app-1.js.gz": b"gzip",
    "assets/font-2.woff2": b"font",
}


@pytest.fixture
def site(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "secret.txt").write_text("no file of the site")
    return Site(tmp_path / "site")


@pytest.fixture
def console(site):
    return Console(site, lambda: None)


def body(answer):
    return b"".join(answer.chunks)


def base_of(answer):
    return body(answer).decode().partition('<base href="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("/", "./"),
        ("/index.html", "./"),
        ("/keys", "./"),
        ("/keys/", "../"),
        ("/keys/key_1", "../"),
        ("/me/keys/key_1", "../../"),
        ("//evil.example.com/x", "../../"),
        ("/https://evil/x", "../../../"),
        ("/assets;/x", "../"),
        ("/..;/x", "../"),
        ("/%2e%2e/%2e%2e/x", "../../"),
        ('/x"><script>alert(1)</script>', "../"),
    ],
)
def test_any_page_is_the_one_document_whose_urls_lead_to_the_console(console, path, base):
    """Relative to the page's own, whatever precedes it: a stage, a custom domain's path, another proxy's."""
    answer = console.answer("GET", path, "")
    assert (answer.status, base_of(answer)) == (200, base)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert body(answer).decode() == INDEX.replace('"/console/"', f'"{base}"')


def test_without_its_slash_the_console_is_elsewhere(console):
    answer = console.answer("GET", "", "")
    assert (answer.status, answer.headers["location"]) == (308, "console/")


def test_what_has_its_hash_in_its_name_is_kept_for_ever_and_other_files_for_an_hour(console):
    hashed = console.answer("GET", "/assets/font-2.woff2", "br")
    assert (hashed.status, body(hashed)) == (200, b"font")
    assert hashed.headers["content-type"] == "font/woff2"
    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-encoding" not in hashed.headers
    icon = console.answer("GET", "/icon.svg", "")
    assert icon.headers["content-type"].startswith("image/svg+xml")
    assert icon.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli"),
        ("br;q=0.5, gzip", "gzip", b"gzip"),
        ("GZIP", "gzip", b"gzip"),
        ("br;q=0, *", "gzip", b"gzip"),
        ("*", "br", b"brotli"),
        ("br; q=1.0, gzip; q=1.0", "br", b"brotli"),
        ("gzip;q=0.1, identity;q=0.2", None, b"plain"),
        ("gzip;q=nonsense", None, b"plain"),
        ("zstd", None, b"plain"),
        ("identity;q=0", None, b"plain"),
        ("br;q=nan, gzip;q=-1", None, b"plain"),
        ("br;q=-inf, gzip;q=1e999", "gzip", b"gzip"),
        (", ;" * 3000, None, b"plain"),
        ("", None, b"plain"),
    ],
)
def test_a_client_gets_the_smallest_form_that_it_takes(console, accepted, coding, content):
    answer = console.answer("GET", "/assets/app-1.js", accepted)
    assert (answer.headers.get("content-encoding"), body(answer)) == (coding, content)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-3.js",
        "/assets/",
        "/assets/app-1.js.br",
        "/favicon.ico",
        "/keys/index.html.map",
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/..",
        "/./index.html",
        "/..\\secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/assets/..;/..;/secret.txt",
        "/assets/..;/",
        "/assets//app-1.js",
        "/assets/app-1.js/",
        "/assets/app-1.js%00",
        "/config.json%20",
        "/Config.json",
        "/keys\r\nset-cookie: a=b",
        "/assets\\app-1.js",
        "/keys\n",
        "/keys\0",
    ],
)
def test_what_is_no_file_and_no_page_is_not_found(console, path):
    answer = console.answer("GET", path, "br")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(body(answer))["title"] == "Not Found"


def test_one_reads_and_that_is_all(console):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = console.answer(method, "/", "")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
        assert json.loads(body(answer))["status"] == 405


@pytest.mark.parametrize("path", ["", "/", "/assets/app-1.js", "/config.json", "/gone.js"])
def test_the_head_is_that_of_the_whole(console, path):
    whole, head = (console.answer(method, path, "br") for method in ("GET", "HEAD"))
    assert (head.status, head.headers, body(head)) == (whole.status, whole.headers, b"")


def policy_of(answer):
    directives = answer.headers["content-security-policy"].split("; ")
    return {name: sources for name, _, sources in (each.partition(" ") for each in directives)}


@pytest.mark.parametrize("path", ["", "/", "/assets/app-1.js", "/config.json", "/gone.js"])
def test_every_answer_says_what_a_browser_must_not_do(console, path):
    answer = console.answer("GET", path, "")
    assert policy_of(answer) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "camera=()" in answer.headers["permissions-policy"]


def test_without_an_issuer_the_pages_are_told_that_there_is_none(console):
    answer = console.answer("GET", "/config.json", "")
    assert json.loads(body(answer)) == {"oidc": None, "callsUrl": None}
    assert answer.headers["cache-control"] == "no-store"


def test_pages_are_told_of_the_issuer_and_may_ask_it_and_nobody_else(site):
    console = Console(site, lambda: ISSUER)
    told = {"issuer": ISSUER.url, "clientId": "client-1", "scopes": "openid email", "name": "Example"}
    assert json.loads(body(console.answer("GET", "/config.json", "")))["oidc"] == told
    asked = "'self' https://issuer.example.com https://tokens.example.com"
    assert policy_of(console.answer("GET", "/keys", ""))["connect-src"] == asked
    assert policy_of(console.answer("GET", "/assets/app-1.js", ""))["connect-src"] == "'self'"


@pytest.mark.parametrize(
    "other",
    [
        "https://a.example.com;script-src",
        "https://a.example.com'unsafe-inline'",
        "https://user:secret@a.example.com",
        "https://*.example.com",
        "https://a.example.com,b",
        "https://",
        "//a.example.com",
        "*",
        "'unsafe-eval'",
        "data:x",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_origin_changes_nothing_of_what_pages_may_do(site, other):
    usual = Console(site, lambda: ISSUER).answer("GET", "/", "").headers
    misled = replace(ISSUER, origins=(*ISSUER.origins, other))
    assert Console(site, lambda: misled).answer("GET", "/", "").headers == usual


class Parameters:
    """Parameter Store with one parameter, or one that can't be reached."""

    def __init__(self, value):
        self.value, self.reads = value, 0

    def get_parameter(self, *, Name):  # noqa: N803 - as boto3 has it
        self.reads += 1
        if self.value is None:
            raise WireError("Parameter Store can't be reached")
        assert Name == "tollgate-OidcSettings"
        return {"Parameter": {"Value": json.dumps(self.value)}}


@pytest.fixture
def known():
    """An issuer as it is known, what is written down of it, and a clock to be turned."""
    parameters, clock = Parameters(WRITTEN), [100.0]
    client: Any = parameters
    return KnownIssuer(client, "tollgate-OidcSettings", lambda: clock[0]), parameters, clock


def test_an_issuer_is_read_and_remembered_for_a_minute(known):
    issuer, parameters, clock = known
    assert [issuer.current(), issuer.current()] == [ISSUER, ISSUER]
    assert parameters.reads == 1
    parameters.value = {**WRITTEN, "issuer": ""}
    clock[0] += 60
    assert issuer.current() is None


def test_while_the_issuer_can_not_be_read_it_is_what_it_was(known):
    issuer, parameters, clock = known
    parameters.value = None
    assert issuer.current() is None
    parameters.value = WRITTEN
    assert issuer.current() == ISSUER
    parameters.value, clock[0] = None, clock[0] + 60
    assert issuer.current() == ISSUER


@pytest.mark.parametrize("base", ["", "/llm", "/console"])
def test_a_custom_domains_path_and_headers_in_any_case_make_no_difference(console, base):
    event = {
        "resource": "/console/{proxy+}",
        "path": f"{base}/console/assets/app-1.js",
        "httpMethod": "GET",
        "headers": {"Accept-Encoding": "br"},
        "pathParameters": {"proxy": "assets/app-1.js"},
    }
    assert body(handler.answered(event, console)) == b"brotli"
    root = {"resource": "/console", "path": f"{base}/console", "httpMethod": "GET", "headers": None}
    assert handler.answered(root, console).status == 308
    assert handler.answered({**root, "path": f"{base}/console/"}, console).status == 200


def test_pages_of_a_stage_apart_are_told_where_calls_are_served(console):
    """Else they would show holders of keys a URL that these may not reach."""
    event = {
        "resource": "/console/{proxy+}",
        "path": "/console/config.json",
        "httpMethod": "GET",
        "headers": {},
    }
    event["pathParameters"] = {"proxy": "config.json"}
    for variables, told in (
        (None, None),
        ({}, None),
        ({"CallsUrl": "https://llm.example.com/team"}, "https://llm.example.com/team"),
    ):
        answer = handler.answered({**event, "stageVariables": variables}, console)
        assert json.loads(body(answer))["callsUrl"] == told


def test_where_nothing_streams_the_bytes_are_in_the_events_answer(console, monkeypatch):
    monkeypatch.setattr(handler, "console", lambda: console)
    event = {
        "resource": "/console/{proxy+}",
        "path": "/console/assets/app-1.js",
        "httpMethod": "GET",
        "headers": {"accept-encoding": "gzip"},
        "pathParameters": {"proxy": "assets/app-1.js"},
    }
    answer = handler.handler(event, None)
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == b"gzip"
    assert answer["headers"]["content-encoding"] == "gzip"
