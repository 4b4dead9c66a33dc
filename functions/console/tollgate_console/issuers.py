"""At which OpenID Connect issuer viewers may sign in, as the deployment has written it to Parameter Store."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from aws_wire.errors import WireError
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ssm import SSMClient

logger = logging.getLogger(__name__)

# In seconds. The admin API takes up a changed parameter within the same time.
_REMEMBERED: Final = 60.0


@dataclass(frozen=True, slots=True)
class Issuer:
    url: str
    client_id: str
    scopes: str
    """Separated by spaces."""
    name: str
    """What the button that leads there calls it; empty for its host."""
    origins: tuple[str, ...]
    """Where besides the issuer's own origin a page may ask for tokens."""


class KnownIssuer:
    """`clock` is in seconds."""

    def __init__(self, client: SSMClient, parameter: str, clock: Callable[[], float]) -> None:
        self._client, self._parameter, self._clock = client, parameter, clock
        self._known: Issuer | None = None
        self._read_at: float | None = None

    def current(self) -> Issuer | None:
        """None if there is none. While it can't be read, it is what it was: tokens can be pasted anyway."""
        now = self._clock()
        if self._read_at is None or now >= self._read_at + _REMEMBERED:
            try:
                answer = self._client.get_parameter(Name=self._parameter)
            except WireError:
                logger.warning("How viewers sign in could not be read", exc_info=True)
            else:
                self._known, self._read_at = _parsed(answer["Parameter"]["Value"]), now
        return self._known


def _parsed(text: str) -> Issuer | None:
    told: dict[str, str] = json.loads(text)
    if not told["issuer"]:
        return None
    return Issuer(
        told["issuer"], told["clientId"], told["scopes"], told["name"], tuple(told["origins"].split())
    )
