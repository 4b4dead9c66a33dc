"""The folder of profiles and secrets: private, written whole or not at all, by one command at a time."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.output.failures import CommandError, UsageError
from tollgate_cli.output.saved_text import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class InaccessibleError(UsageError):
    """There is no such folder for this user, or a file in it can't be opened."""


_LOCK_SECONDS: Final = 60
_OTHERS_READ: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def folder() -> Path:
    """TOLLGATE_CONFIG, or where the system keeps programs' settings.

    Raises `InaccessibleError` for a user without a home.
    """
    chosen = os.environ.get("TOLLGATE_CONFIG")
    if chosen:
        return _of_a_home(Path(chosen).expanduser)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or _of_a_home(Path.home)) / "tollgate"
    return Path(os.environ.get("XDG_CONFIG_HOME") or _of_a_home(Path.home) / ".config") / "tollgate"


def _of_a_home(path: Callable[[], Path]) -> Path:
    try:
        return path()
    except RuntimeError as error:
        raise InaccessibleError(
            "You have no home folder: set TOLLGATE_CONFIG to one for profiles."
        ) from error


def read(path: Path, *, secret: bool) -> dict[str, Any]:
    """A file's object, empty if there is no file.

    Raises `UsageError`, with what mends it, if it can't be read, or others may write it or read its secrets.
    """
    try:
        with path.open(encoding="utf-8") as file:
            _check_access(path, os.fstat(file.fileno()), _OTHERS_READ if secret else _OTHERS_WRITE)
            found = json.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InaccessibleError(f"{path} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise corrupt(path) from error
    if not isinstance(found, dict):
        raise corrupt(path)
    return found


def write(path: Path, content: dict[str, Any]) -> None:
    """Replaces a file, which its owner alone may read. Raises `CommandError` if it can't be written."""
    with replaced(path) as file:
        json.dump(content, file, indent=2)
        file.write("\n")


@contextmanager
def locked() -> Iterator[Path]:
    """The folder, made if need be, with no other command of this user writing in it.

    Raises `CommandError` if it can't be made, or another holds it for a minute.
    """
    place = folder()
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CommandError(f"{place} can't be used: {error.strerror}.") from error
    try:
        _take(lock, place)
        yield place
    finally:
        # Closing it gives it back.
        os.close(lock)


def _take(lock: int, place: Path) -> None:
    until = time.monotonic() + _LOCK_SECONDS
    while not taken(lock):
        if time.monotonic() > until:
            raise CommandError(f"Another tollgate has been writing in {place} for {_LOCK_SECONDS} seconds.")
        time.sleep(0.05)


def taken(lock: int) -> bool:
    """Whether an open file is this process's alone now, by a lock that ends with it."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - of Windows alone

            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - of the others alone

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _check_access(path: Path, found: os.stat_result, forbidden: int) -> None:
    if sys.platform == "win32":
        return
    if found.st_uid != os.getuid():
        raise UsageError(f"{path} belongs to somebody else; it isn't used.")
    if found.st_mode & forbidden:
        verb = "read" if forbidden == _OTHERS_READ else "change"
        raise UsageError(f"Others can {verb} {path}; it isn't used.", [f"Mend it: chmod 600 '{path}'"])


def corrupt(path: Path) -> UsageError:
    """For a file whose content makes no sense."""
    return UsageError(f"{path} isn't what tollgate wrote.", ["Mend or remove it, then sign in again."])
