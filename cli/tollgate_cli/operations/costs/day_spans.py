"""Days of a deployment whose sums are compared or replayed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate.clock import utc_now
from tollgate.costs.store.corrections import SumsChangedError
from tollgate.costs.store.costs_table import CostsTable
from tollgate.keys.store.keys_table import KeysTable
from tollgate.request_log.store.usage_table import UsageTable
from tollgate_cli.operations.costs.cost_check import CostRecount
from tollgate_cli.operations.costs.replay import NoRecordsError, OpenDayError
from tollgate_cli.output.failures import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from tollgate_cli.operations.costs.replay import CostReplay, Replayed
    from tollgate_cli.operations.deployment import Deployment


def require_records(deployment: Deployment, first: date) -> None:
    """A record expires so long after its admission.

    Raises `CommandError` if some of the days' may be gone, for the sums rightly count those.
    """
    expired = (utc_now() - deployment.retention).astimezone(deployment.reporting_zone).date()
    if first <= expired:
        message = (
            f"Usage records are kept for {deployment.retention.days} days: of days before "
            f"{expired + timedelta(days=1)} some may be gone. Nothing was compared or changed."
        )
        raise CommandError(message)


def recount(deployment: Deployment, on_progress: Callable[[int, int], None]) -> CostRecount:
    return CostRecount(
        costs=CostsTable(deployment.client, deployment.costs_table),
        usage=UsageTable(deployment.client, deployment.usage_table),
        keys=KeysTable(deployment.client, deployment.keys_table),
        zone=deployment.reporting_zone,
        on_progress=on_progress,
    )


def replayed(replay: CostReplay, first: date, last: date) -> Iterator[tuple[date, Replayed]]:
    """Day by day. Raises `CommandError` in the words of what stands in the way."""
    try:
        yield from replay.run(first, last)
    except SumsChangedError as error:
        raise CommandError(str(error), ExitCode.CONFLICT) from error
    except (OpenDayError, NoRecordsError) as error:
        raise CommandError(str(error)) from error
