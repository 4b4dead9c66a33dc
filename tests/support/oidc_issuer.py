"""An OpenID Connect issuer on this machine: discovery, keys, a sign-in page, authorization codes with PKCE.

It keeps to what the console and the admin API rely on, and is strict about that:
https://openid.net/specs/openid-connect-core-1_0.html and https://www.rfc-editor.org/rfc/rfc7636.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.served_in_thread import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CLIENT_ID = "console"
LIFETIME_SECONDS = 3600
_PAGE = """\
<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<h1>Sign in at the issuer</h1>
<form method="post" action="/authorize?{query}">
<label>E-mail <input name="email" type="email" required autofocus></label>
<label>Groups <input name="groups"></label>
<button>Sign in</button> <button name="deny" value="yes" formnovalidate>Cancel</button>
</form></html>
"""


@dataclass(frozen=True)
class SigningKey:
    """A key with its id and the algorithm that it is for."""

    id: str
    algorithm: str
    private: Any

    @classmethod
    def new(cls, algorithm: str = "RS256", key_id: str | None = None, bits: int = 2048) -> SigningKey:
        made: Any = (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm == "ES256"
            else rsa.generate_private_key(public_exponent=65537, key_size=bits)
        )
        return cls(key_id or secrets.token_hex(4), algorithm, made)

    def jwk(self) -> dict[str, Any]:
        """Its public part."""
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        public: dict[str, Any] = json.loads(algorithm.to_jwk(self.private.public_key()))
        return {**public, "kid": self.id, "alg": self.algorithm, "use": "sig"}

    def signed(self, claims: Mapping[str, Any], headers: Mapping[str, Any] = {}) -> str:
        return jwt.encode(dict(claims), self.private, self.algorithm, {"kid": self.id, **headers})


@dataclass
class Issuer:
    """Where it is, and what it has handed out. It publishes its `keys`, and signs by the first."""

    url: str = ""
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.new()])
    lifetime: int = LIFETIME_SECONDS
    requests: list[str] = field(default_factory=list)
    """Method and path of each, without queries."""
    ended: list[str] = field(default_factory=list)
    """Where those who signed out were sent."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    renews: bool = False
    """Whether it gives refresh tokens, each of which is good once."""
    refresh_tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    broken: bool = False

    def claims(self, email: str = "owner@example.com", groups: str = "", **others: Any) -> dict[str, Any]:
        """Of somebody who signs in now."""
        now = int(time.time())
        return {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": f"sub-of-{email}",
            "email": email,
            "groups": groups.split(),
            "iat": now,
            "exp": now + self.lifetime,
            **others,
        }

    def token(self, claims: Mapping[str, Any] | None = None, **others: Any) -> str:
        return self.keys[0].signed({**(claims or self.claims()), **others})

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "end_session_endpoint": f"{self.url}/signed-out",
            "revocation_endpoint": f"{self.url}/revoke",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def issue_code(self, query: Mapping[str, str], email: str, groups: str) -> str:
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**query, "email": email, "groups": groups}
        return code

    def redeem(self, form: Mapping[str, str]) -> dict[str, Any] | None:
        """What a code is worth, once, to whoever knows its verifier; None if it is worth nothing."""
        if form.get("grant_type") == "refresh_token":
            return self._renewed(form)
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("grant_type") != "authorization_code":
            return None
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        same = all(form.get(name) == asked[name] for name in ("client_id", "redirect_uri"))
        if not same or challenge.rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        nonce = {"nonce": asked["nonce"]} if "nonce" in asked else {}
        return self._tokens(asked, **nonce)

    def _renewed(self, form: Mapping[str, str]) -> dict[str, Any] | None:
        asked = self.refresh_tokens.pop(form.get("refresh_token", ""), None)
        return None if asked is None or form.get("client_id") != CLIENT_ID else self._tokens(asked)

    def _tokens(self, asked: dict[str, str], **claims: str) -> dict[str, Any]:
        """For whoever has signed in."""
        answer = {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "id_token": self.token(self.claims(asked["email"], asked["groups"], **claims)),
        }
        if self.renews:
            refresh_token = secrets.token_urlsafe(16)
            answer["refresh_token"] = refresh_token
            self.refresh_tokens[refresh_token] = asked
        return answer


@contextmanager
def issuing(port: int = 0, keys: Sequence[SigningKey] = ()) -> Iterator[Issuer]:
    """An issuer that runs within the block, on a port of this machine, with a new key if it is given none."""
    issuer = Issuer(keys=list(keys)) if keys else Issuer()
    handler = type("Handler", (_Handler,), {"issuer": issuer})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    with served(server):
        yield issuer


def problem_with(query: Mapping[str, str]) -> str | None:
    """What is wrong with a request to sign somebody in."""
    expected = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256"}
    for name, value in expected.items():
        if query.get(name) != value:
            return f"{name} must be {value}"
    missing = [name for name in ("redirect_uri", "state", "code_challenge", "scope") if not query.get(name)]
    if missing:
        return f"{', '.join(missing)} missing"
    return None if "openid" in query["scope"].split() else "scope must have openid"


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer
    timeout = 10

    def do_GET(self) -> None:
        url = self._noted()
        if self.issuer.broken:
            self._send("down", status=HTTPStatus.BAD_GATEWAY)
        elif url.path == "/.well-known/openid-configuration":
            self._send_json(self.issuer.discovery())
        elif url.path == "/keys":
            self._send_json({"keys": [each.jwk() for each in self.issuer.keys]})
        elif url.path == "/authorize":
            problem = problem_with(_flat(url.query))
            page = _PAGE.format(query=escape(url.query))
            self._send(problem or page, status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK)
        elif url.path == "/signed-out":
            self._end_session(_flat(url.query))
        else:
            self._send("nothing here", status=HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        url = self._noted()
        form = _flat(self.rfile.read(int(self.headers.get("content-length", 0))).decode())
        if url.path == "/token":
            answer = self.issuer.redeem(form)
            status = HTTPStatus.BAD_REQUEST if answer is None else HTTPStatus.OK
            self._send_json(answer or {"error": "invalid_grant"}, status)
        elif url.path == "/revoke":
            self.issuer.refresh_tokens.pop(form.get("token", ""), None)
            self._send("")
        elif url.path == "/authorize" and (query := _flat(url.query)) and not problem_with(query):
            self._redirect(query, form)
        else:
            self._send("nothing here", status=HTTPStatus.NOT_FOUND)

    def _redirect(self, query: Mapping[str, str], form: Mapping[str, str]) -> None:
        answer = {"state": query["state"]}
        if form.get("deny"):
            answer |= {"error": "access_denied", "error_description": "The user said no"}
        else:
            answer["code"] = self.issuer.issue_code(query, form["email"], form.get("groups", ""))
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", f"{query['redirect_uri']}?{urlencode(answer)}")
        self.end_headers()

    def _end_session(self, query: Mapping[str, str]) -> None:
        target = query.get("post_logout_redirect_uri", "")
        self.issuer.ended.append(target)
        if not target:
            self._send("signed out")
            return
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", target)
        self.end_headers()

    def _noted(self) -> Any:
        url = urlsplit(self.path)
        self.issuer.requests.append(f"{self.command} {url.path}")
        return url

    def _send_json(self, content: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(content), "application/json", status)

    def _send(self, text: str, kind: str = "text/html", status: HTTPStatus = HTTPStatus.OK) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        # Pages of any origin sign in here, as at issuers that know public clients.
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing: a test's output is its own."""


def _flat(query: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
