"""Files that are written whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tollgate_cli.output.failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@contextmanager
def replaced(path: Path) -> Iterator[TextIO]:
    """For writing what takes the place of `path`, for its owner alone, once it is on disk.

    If that breaks off, nothing of the name has changed. Raises `CommandError` if it can't be written.
    """
    if path.exists() and not path.is_file():
        # In the place of /dev/null there must be no file.
        raise CommandError(f"{path} is no file; without --output the text goes to stdout.")
    try:
        descriptor, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(path)
        finally:
            Path(made).unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{path} can't be written: {error.strerror}.") from error


def save(path: str, parts: Iterable[str], advance: Callable[[int], None]) -> int:
    """Puts the parts into the file, once all have come.

    Answers the number of lines; `advance` is told of those that have come. Raises what `replaced` does.
    """
    lines = 0
    with replaced(Path(path)) as file:
        for part in parts:
            file.write(part)
            more = part.count("\n")
            lines += more
            advance(more)
    return lines
