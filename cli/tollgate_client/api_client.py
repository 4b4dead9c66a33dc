"""How operations are sent: the token, attempts, and answers that become results or errors."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote

import httpx

from tollgate_client import answer_bodies, attempts, error_answers
from tollgate_client.api_errors import NotFound, Unauthorized, Unreachable
from tollgate_client.client_version import VERSION
from tollgate_client.network import connected
from tollgate_client.text_stream import TextStream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_CONNECT_SECONDS: Final = 10.0
# A number that stands before what it means.
_ERRNO: Final = re.compile(r"^\[Errno -?\d+\] ")


class ApiClient:
    """Below the operations: sends them with the token, which nothing shows."""

    def __init__(
        self, url: str, token: str, *, transport: httpx.BaseTransport | None = None, timeout: float = 60.0
    ) -> None:
        """`timeout` is how many seconds an answer may pause. `transport` stands in for the network.

        Raises `Unreachable` if `url` is none, or the environment's proxy or certificates can't be used.
        """
        self._url = url.rstrip("/")
        self._token = token
        self._shown_url = _without_credentials(self._url)
        self._http = connected(
            headers={"User-Agent": f"tollgate-cli/{VERSION}"},
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
            transport=transport,
            # To another host the token would go along.
            follow_redirects=False,
        )

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._shown_url}>"

    def _json(
        self,
        method: str,
        path: str,
        *ids: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        if_match: int | None = None,
    ) -> Any:
        """What an operation answers, None for nothing. `path` has a `{}` for each of `ids`."""
        headers = {"Accept": "application/json"}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        answer = self._sent(method, _filled(path, ids), query, body, headers)
        if not answer.content:
            return None
        try:
            found = answer_bodies.value(answer.content)
        except ValueError as fault:
            raise error_answers.unexpected(answer, "JSON") from fault
        # No operation answers anything else.
        if not isinstance(found, dict):
            raise error_answers.unexpected(answer, "an object of JSON")
        return found

    def _text(self, path: str, *ids: str, accept: str, query: Mapping[str, Any] | None = None) -> TextStream:
        """What an operation answers that isn't JSON, as it arrives; `accept` has the types that it may be."""
        answer = self._sent("GET", _filled(path, ids), query, None, {"Accept": accept}, stream=True)
        if error_answers.media_type(answer) not in accept.split(", "):
            answer.close()
            raise error_answers.unexpected(answer, accept)
        return TextStream(answer)

    def _sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Any,
        headers: Mapping[str, str],
        *,
        stream: bool = False,
    ) -> httpx.Response:
        """A good answer, read whole unless it is to be a stream; after as many attempts as may help."""
        headers = {**headers, **self._authorization()}
        parameters = {name: _shown(value) for name, value in (query or {}).items() if value is not None}
        attempt = 0
        while True:
            attempt += 1
            request = self._http.build_request(
                method, self._url + path, params=parameters, json=body, headers=headers
            )
            wait: float | None
            try:
                answer = self._http.send(request, stream=True)
                if answer.is_success and stream:
                    return answer
                answer = answer_bodies.whole(answer)
                if answer.is_success:
                    return answer
            except httpx.RequestError as fault:
                wait = attempts.wait_after_fault(method, fault, attempt)
                if wait is None:
                    raise self._unreachable(request, fault) from fault
            else:
                wait = attempts.wait_after_answer(method, body, answer, attempt)
                if wait is None:
                    raise error_answers.error_of(answer, self._token)
            time.sleep(wait)

    def _authorization(self) -> dict[str, str]:
        # What can't be in a header is in no token; the error of whoever tries would show it.
        if not (self._token.isascii() and self._token.isprintable()) or " " in self._token:
            raise Unauthorized(401, "The token has characters that are in no token.")
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def _unreachable(self, request: httpx.Request, fault: httpx.RequestError) -> Unreachable:
        host = request.url.netloc.decode("ascii") or "Tollgate"
        said = _ERRNO.sub("", error_answers.without_token(str(fault), self._token))
        said = said.rstrip(".") or type(fault).__name__
        if attempts.is_unsent(fault):
            return Unreachable(f"{host} can't be reached: {said}.")
        slow = isinstance(fault, httpx.TimeoutException)
        happened = "did not answer in time" if slow else f"broke off: {said}"
        unsure = "" if request.method == "GET" else "; whether the change was made is unknown"
        return Unreachable(f"{host} {happened}{unsure}.")


def _without_credentials(url: str) -> httpx.URL:
    try:
        shown = httpx.URL(url).copy_with(userinfo=b"")
        # A name of a host may be none in Unicode.
        str(shown.host)
    except (httpx.InvalidURL, UnicodeError) as fault:
        raise Unreachable(f"Tollgate's URL is none: {fault}.") from fault
    return shown


def _filled(path: str, ids: tuple[str, ...]) -> str:
    """The path with its ids, each of them one segment of it whatever characters it has."""
    for each in ids:
        # Segments such as these would make it another operation's path.
        if each in {"", ".", ".."}:
            raise NotFound(404, f'There is nothing with the id "{each}".')
    return path.format(*(quote(each, safe="") for each in ids))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
