"""Long texts into files: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tollgate_cli.output.failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def save(path: str, parts: Iterable[str], advance: Callable[[int], None]) -> int:
    """Puts the parts into the file `path`, in place of what it had, once all have come.

    Answers the number of lines; `advance` is told of those that have come. If it breaks off, nothing of the
    name `path` has changed. Raises `CommandError` if the file can't be written.
    """
    target = Path(path)
    lines = 0
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            for part in parts:
                file.write(part)
                more = part.count("\n")
                lines += more
                advance(more)
        os.replace(name, target)  # noqa: PTH105 - the other way round it reads worse
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error
    finally:
        Path(name).unlink(missing_ok=True)
    return lines
