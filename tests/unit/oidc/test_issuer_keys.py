"""How often an issuer is asked for its keys, whatever is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tollgate_admin.oidc.issuer_documents import DocumentError
from tollgate_admin.oidc.issuer_keys import IssuerKeys
from tollgate_admin.oidc.refused_tokens import IssuerUnavailableError


@dataclass
class Published:
    """An issuer's keys at a time that tests choose."""

    ids: list[str] = field(default_factory=lambda: ["a"])
    now: float = 1000.0
    asked: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        self.keys = IssuerKeys(self.fetch, lambda: self.now)

    def fetch(self) -> list[dict[str, Any]]:
        self.asked += 1
        if self.down:
            raise DocumentError("it can't be reached")
        return [{"kid": each, "kty": "RSA"} for each in self.ids] + [{"kty": "RSA"}, {"kid": 5}]

    def knows(self, key_id: str) -> bool:
        return bool(self.keys.of_id(key_id))


def test_keys_are_asked_for_once_an_hour():
    issuer = Published()
    for seconds in (0, 10, 3500, 3599):
        issuer.now = 1000.0 + seconds
        assert issuer.knows("a")
    assert issuer.asked == 1
    issuer.now, issuer.ids = 4600.0, ["b"]
    assert not issuer.knows("a")
    assert issuer.asked == 2


def test_a_new_key_is_known_as_soon_as_it_is_used_a_minute_after_the_last_look():
    issuer = Published()
    assert issuer.knows("a")
    issuer.ids = ["a", "b"]
    issuer.now += 59
    assert not issuer.knows("b")
    issuer.now += 1
    assert issuer.knows("b")
    assert issuer.asked == 2


def test_forged_ids_do_not_make_it_ask_for_ever():
    issuer = Published()
    for number in range(500):
        issuer.now += 0.1
        assert not issuer.knows(f"forged-{number}")
    assert issuer.asked == 1
    for number in range(500):
        issuer.now += 1
        assert not issuer.knows(f"forged-{number}")
    assert issuer.asked <= 1 + 550 / 60


def test_an_issuer_that_is_down_is_left_alone_for_a_while():
    issuer = Published(down=True)
    for _ in range(20):
        with pytest.raises(IssuerUnavailableError):
            issuer.knows("a")
    assert issuer.asked == 1
    issuer.now += 10
    issuer.down = False
    assert issuer.knows("a")


def test_keys_that_are_known_are_used_while_the_issuer_is_down_but_not_for_ever():
    issuer = Published()
    assert issuer.knows("a")
    issuer.down = True
    issuer.now += 120
    with pytest.raises(IssuerUnavailableError):
        issuer.knows("forged")
    assert issuer.knows("a")
    issuer.now += 3600
    with pytest.raises(IssuerUnavailableError):
        issuer.knows("a")
