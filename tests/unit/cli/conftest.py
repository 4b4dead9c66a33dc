"""What commands are tried with: a folder for profiles, and a keyring in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

if TYPE_CHECKING:
    from collections.abc import Iterator


class KeyringInMemory(KeyringBackend):
    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.secrets.pop((service, username), None) is None:
            raise PasswordDeleteError("There is none.")


@pytest.fixture
def system_keyring() -> Iterator[KeyringInMemory]:
    before = keyring.get_keyring()
    found = KeyringInMemory()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    """As on a machine without D-Bus."""
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def at_home(tmp_path) -> dict[str, str]:
    """An environment with a folder of its own for profiles, and nothing else."""
    return {"TOLLGATE_CONFIG": str(tmp_path / "tollgate")}
