"""What is known of an archived day: beside its files, apart from what queries read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from tollgate_admin.web.wire_types import Usd


class ArchivedPart(BaseModel):
    """A file with the records of some hours of a day. `key` is None of hours without any."""

    model_config = ConfigDict(frozen=True)

    key: str | None
    records: int
    charged: Usd


class Manifest(BaseModel):
    """`counted` is how many requests the day's sum had when the first of the files was begun.

    `by_hours` says that each hour has a file, rather than the day one: the first run to begin a day decides
    for good, so that no record is ever in two files. `parts` are by the moment that their hours begin at, as
    their files' names have it.
    """

    model_config = ConfigDict(frozen=True)

    day: date
    zone: str
    counted: int
    by_hours: bool
    parts: dict[str, ArchivedPart] = {}
    complete: bool = False
    written_at: datetime | None = None

    @property
    def records(self) -> int:
        return sum(each.records for each in self.parts.values())

    def anew(self, counted: int) -> Self:
        """Of the same day, of which nothing is written again yet."""
        return type(self)(day=self.day, zone=self.zone, counted=counted, by_hours=self.by_hours)

    def with_part(self, name: str, part: ArchivedPart) -> Self:
        return self.model_copy(update={"parts": {**self.parts, name: part}})

    def completed(self, at: datetime) -> Self:
        return self.model_copy(update={"complete": True, "written_at": at})

    def written(self) -> bytes:
        return self.model_dump_json(indent=2).encode()

    @classmethod
    def read(cls, content: Any) -> Self:
        """Raises what pydantic does of what isn't one."""
        return cls.model_validate_json(content)
