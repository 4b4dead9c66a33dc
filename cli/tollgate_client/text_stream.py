"""Texts of any length, as they arrive."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final, Self

import httpx

from tollgate_client.api_errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_LONGEST_LINE: Final = 16_000_000  # characters; a row has a few thousand


class TextStream:
    """The pieces of an export, in order: CSV or JSON lines, cut anywhere.

    Its connection ends with the last piece, with `close`, or with the `with` block around it. Raises
    `Unreachable` where it breaks off: what has come until then is not the whole.
    """

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        # Tollgate writes UTF-8, whatever its answer calls it.
        self._pieces = codecs.iterdecode(answer.iter_bytes(), "utf-8", errors="replace")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            return next(self._pieces)
        except httpx.RequestError as fault:
            self.close()
            raise Unreachable(f"The export broke off ({type(fault).__name__}): it is incomplete.") from fault

    def lines(self) -> Iterator[str]:
        """The same by the line, without the ends of lines. Quoted CSV may have lines within a field.

        JSON lines without a row come as one empty line, for AWS streams no empty body; it is left out.
        """
        are_json = self._answer.headers.get("content-type", "").startswith("application/x-ndjson")
        kept = ""
        for piece in self:
            *whole, kept = (kept + piece).split("\n")
            if len(kept) > _LONGEST_LINE:
                self.close()
                raise Unreachable("The export has a line without an end: it is incomplete.")
            yield from (line.removesuffix("\r") for line in whole if line or not are_json)
        if kept:
            yield kept

    def close(self) -> None:
        self._answer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
