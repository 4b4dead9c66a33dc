"""An API that answers what it is told to, and keeps what it was asked, in the place of the network."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from tollgate_client import AdminClient, Client

TOKEN = "tg-admin-0123456789-secret"


@dataclass
class CannedApi:
    """Its answers, in order; the last one again and again."""

    answers: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answered)

    def admin(self, token: str = TOKEN) -> AdminClient:
        return AdminClient("https://gateway.example.com/dev/api/admin", token, transport=self.transport)

    def holder(self) -> Client:
        return Client("https://gateway.example.com/dev/v1", "sk-tg-secret", transport=self.transport)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        # An answer can be read once; it may be given again.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def json_answer(status: int = 200, body: object = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={} if body is None else body, headers=named)


def text_answer(status: int, text: str, media: str = "text/html") -> httpx.Response:
    return httpx.Response(status, content=text.encode(), headers={"content-type": media})
