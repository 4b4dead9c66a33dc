"""Small documents that are asked for without a token: no answer is longer, or takes longer, than they may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tollgate_client import answer_bodies

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

SECONDS: Final = 15
_MOST_BYTES: Final = 262_144


def asked(
    client: httpx.Client, method: str, url: str, form: Mapping[str, str] | None = None
) -> httpx.Response:
    """What is answered, a redirect, too. Raises `httpx.HTTPError`, or `httpx.InvalidURL`."""
    request = client.build_request(method, url, data=form, headers={"Accept": "application/json"})
    answer = client.send(request, stream=True, follow_redirects=False)
    return answer_bodies.whole(answer, _MOST_BYTES, SECONDS)


def object_in(answer: httpx.Response) -> dict[str, Any] | None:
    """None for anything else."""
    try:
        found = answer_bodies.value(answer.content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
