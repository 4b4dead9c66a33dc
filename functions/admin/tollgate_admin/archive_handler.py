"""The function that archives closed days, by a schedule or for the days that it is told."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from tollgate.aws import boto3_clients
from tollgate_admin import settings
from tollgate_admin.archive.archive_bucket import ArchiveBucket
from tollgate_admin.archive.day_archiving import DayArchiving, DayState, OutOfTimeError
from tollgate_admin.composition import composed

if TYPE_CHECKING:
    from collections.abc import Mapping

logging.getLogger().setLevel(logging.INFO)
logger = logging.getLogger(__name__)

# What a run that is told nothing looks at: a function that failed for so long catches up by itself.
_LOOK_BACK = timedelta(days=35)
# Kept for the hour that is being written when time is up.
_MARGIN = timedelta(minutes=5)


@cache
def _archiving() -> DayArchiving:
    told = settings.of_archive()
    return DayArchiving(
        composed().services(), ArchiveBucket(boto3_clients.s3(), told.bucket), told.usage_retention
    )


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Archives the days `first` to `last`, or says how they stand, as `task` says.

    `complete` is false if there was too little time: what is left is done by the next run.
    """
    now = _archiving().services.clock()
    today = now.date()
    first = date.fromisoformat(event["first"]) if "first" in event else today - _LOOK_BACK
    last = date.fromisoformat(event["last"]) if "last" in event else today
    if event["task"] == "status":
        return {"days": [_row(state) for state in _archiving().states(first, last)]}
    deadline = now + timedelta(milliseconds=context.get_remaining_time_in_millis()) - _MARGIN
    written: list[str] = []
    try:
        written.extend(day.isoformat() for day in _archiving().run(first, last, deadline))
    except OutOfTimeError:
        logger.warning("There was no time for all days: the next run goes on")
        return {"complete": False, "archived": written}
    return {"complete": True, "archived": written}


def _row(state: DayState) -> dict[str, Any]:
    manifest = state.manifest
    return {
        "day": state.day.isoformat(),
        "counted": state.counted,
        "archived": manifest.records if manifest else 0,
        "files": sum(part.key is not None for part in manifest.parts.values()) if manifest else 0,
        "complete": state.is_archived,
        "writtenAt": manifest.written_at.isoformat() if manifest and manifest.written_at else None,
    }
