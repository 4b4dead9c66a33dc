"""A progress bar on stderr."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress_bar(what: str, total: int | None, *, colour: bool) -> Iterator[Callable[[int], None]]:
    """Gone when the work is done. Without a total it counts what is done."""
    console = Console(stderr=True, markup=False, no_color=not colour)
    known = [BarColumn(), MofNCompleteColumn()] if total is not None else [TextColumn("{task.completed}")]
    columns = [SpinnerColumn(), TextColumn("{task.description}", markup=False), *known]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)
