"""Where secrets are: the system's keyring, or a file that its owner alone may read."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

from tollgate_cli.output.failures import CommandError
from tollgate_cli.session import config_folder

if TYPE_CHECKING:
    from pathlib import Path

_SERVICE: Final = "tollgate"


class Kind(StrEnum):
    """What a secret opens."""

    ADMIN = "admin"
    """The admin API, by a token."""
    KEY = "key"
    """/v1, by a holder's key."""
    SSO = "sso"
    """The admin API, by an ID token: JSON with what renews it."""


class StoreName(StrEnum):
    KEYRING = "keyring"
    FILE = "file"


class SecretStore(Protocol):
    """Secrets by `name`, which has profile and kind. Each method raises `CommandError` if the store fails."""

    def get(self, name: str) -> str | None: ...
    def put(self, name: str, secret: str) -> None: ...
    def remove(self, name: str) -> None: ...


class SecretFile:
    """Whoever writes holds the folder's lock."""

    @property
    def path(self) -> Path:
        return config_folder.folder() / "secrets.json"

    def get(self, name: str) -> str | None:
        found = self._read().get(name)
        return found if isinstance(found, str) else None

    def put(self, name: str, secret: str) -> None:
        config_folder.write(self.path, {**self._read(), name: secret})

    def remove(self, name: str) -> None:
        left = self._read()
        if left.pop(name, None) is not None:
            config_folder.write(self.path, left)

    def _read(self) -> dict[str, Any]:
        return config_folder.read(self.path, secret=True)


class Keyring:
    """The system's keyring, as the package `keyring` finds it."""

    def get(self, name: str) -> str | None:
        import keyring  # noqa: PLC0415 - dear to import

        try:
            return keyring.get_password(_SERVICE, name)
        except Exception as error:
            raise _failed(error) from error

    def put(self, name: str, secret: str) -> None:
        import keyring  # noqa: PLC0415 - dear to import

        try:
            keyring.set_password(_SERVICE, name, secret)
        except Exception as error:
            raise _failed(error) from error

    def remove(self, name: str) -> None:
        import keyring  # noqa: PLC0415 - dear to import
        from keyring.errors import PasswordDeleteError  # noqa: PLC0415

        try:
            keyring.delete_password(_SERVICE, name)
        except PasswordDeleteError:
            # It isn't there.
            return
        except Exception as error:
            raise _failed(error) from error


def store(name: StoreName) -> SecretStore:
    return Keyring() if name is StoreName.KEYRING else SecretFile()


def there_is_a_keyring() -> bool:
    """Whether the system has one that keeps secrets; nobody is asked to unlock it."""
    import keyring  # noqa: PLC0415 - dear to import

    try:
        return keyring.get_keyring().priority >= 1
    except Exception:
        # A backend that can't even say so keeps none.
        return False


def _failed(error: Exception) -> CommandError:
    """What is wrong is in the backend's hands, whose errors are of any type."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return CommandError(
        f"The system's keyring failed ({text}).",
        details=['Sign in by "tollgate login --store file" to do without it, or set TOLLGATE_TOKEN.'],
    )
