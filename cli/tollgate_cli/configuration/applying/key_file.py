"""The file that the secrets of new keys are written to, a line of JSON for each."""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import TYPE_CHECKING, Any

from tollgate_cli.session import config_folder

if TYPE_CHECKING:
    from pathlib import Path

_PRIVATE = 0o600


class KeyFileError(Exception):
    """The file can't be used."""


class KeyFile:
    """Each line is on disk before the next request is sent.

    Before a key is created its line says so (`"state": "creating"`), so that a secret whose answer never
    arrived isn't missed; the line with the `key` follows.
    """

    def __init__(self, path: Path) -> None:
        """Opens or creates it. Raises `KeyFileError` if others can read it, or if it has other lines.

        While it is open no other command can have it.
        """
        self.path = path
        self._added = 0
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _PRIVATE)
        except OSError as error:
            raise KeyFileError(f"{path} can't be written: {error.strerror}.") from None
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self._refuse(f"{path} is no file.")
        # Whoever owns it can read it, whatever its mode says.
        if sys.platform != "win32" and status.st_uid != os.getuid():
            self._refuse(f"{path} belongs to somebody else: name another file.")
        if status.st_mode & 0o077:
            self._refuse(f"Others can read {path}: chmod 600 it, or name another file.")
        if not config_folder.taken(self._descriptor):
            self._refuse(f"Another tollgate is writing in {path}.")
        self._lines = self._read()

    def __enter__(self) -> KeyFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Keys that were about to be created, and whose secret isn't here."""
        latest = {line["externalId"]: line for line in self._lines}
        return tuple(name for name, line in latest.items() if "key" not in line)

    @property
    def added(self) -> int:
        """How many secrets were written since it was opened."""
        return self._added

    def begin(self, external_id: str) -> None:
        self._write({"externalId": external_id, "state": "creating"})

    def add(self, external_id: str, key_id: str, secret: str) -> None:
        self._write({"externalId": external_id, "id": key_id, "key": secret})
        self._added += 1

    def _write(self, line: dict[str, str]) -> None:
        try:
            left = json.dumps(line).encode() + b"\n"
            # A disk that becomes full takes a part, and fails at the rest.
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise KeyFileError(f"{self.path} can't be written: {error.strerror}.") from None
        self._lines.append(line)

    def _read(self) -> list[dict[str, Any]]:
        # Not by its name, which may be another file's by now.
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            content = file.read()
        *whole, rest = content.split(b"\n")
        if rest:
            # A line that a crash cut off; what it was about is said by the one before.
            os.write(self._descriptor, b"\n")
        lines = []
        for text in whole:
            try:
                line = json.loads(text)
                lines.append({**line, "externalId": line["externalId"]})
            except (ValueError, KeyError, TypeError):
                continue
        if whole and not lines and any(whole):
            self._refuse(f"{self.path} is not a file of keys: name another one.")
        return lines

    def _refuse(self, message: str) -> None:
        os.close(self._descriptor)
        raise KeyFileError(message)
