"""The function that looks at batches on a schedule."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate_proxy import handler as proxy
from tollgate_proxy import settings
from tollgate_proxy.batches.batch_poller import BatchPoller

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

# Kept for what is under way when time is up.
_MARGIN = timedelta(seconds=30)


class PollFailedError(Exception):
    """Some batches could not be looked at, or are not settled although it is late."""


def handler(_event: Mapping[str, Any], context: Any) -> None:
    """Looks at the batches that are due; fails if some could not be, for the alarm to see."""
    gateway = proxy.gateway(settings.from_environment())
    deadline = gateway.clock() + timedelta(milliseconds=context.get_remaining_time_in_millis()) - _MARGIN
    report = BatchPoller(gateway.batches()).run(deadline)
    settled = {"BatchesSettled": report.settled} if report.settled else {}
    gateway.metrics.count({"BatchesLookedAt": report.looked_at, **settled})
    logger.info("Looked at %d batches; %d are done with", report.looked_at, report.settled)
    if report.stopped:
        logger.warning("There wasn't time for all batches; the next run goes on")
    if report.failed:
        message = f"{len(report.failed)} batches failed: {', '.join(report.failed[:20])}"
        raise PollFailedError(message)
