"""python -m infra.ops.costs: checks and completes the cost aggregates of a deployed gateway."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError

from aws_wire.errors import ServiceError
from infra.ops import command_line
from infra.ops.costs.cost_check import CostRecount
from infra.ops.deployment import Deployment, LedgerError
from tollgate import money
from tollgate.clock import utc_now
from tollgate.costs.store.costs_table import MARKER_LIFE, CostsTable
from tollgate.costs.store.rollup import EntryOutcome
from tollgate.keys.store.keys_table import KeysTable
from tollgate.request_log.store.usage_table import UsageTable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from infra.ops.costs.cost_check import CostDifference
    from tollgate.costs.aggregates import Tally

_MAX_SHOWN = 50
# How long a replay may take, so that no marker it relies on expires under way.
_MARGIN = timedelta(days=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """1 if something is wrong or has failed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.last < options.first:
        parser.error("--to must not be before --from")
    commands: dict[str, Callable[[CostRecount, date, date], int]] = {"check": _check, "replay": _replay}
    try:
        deployment = Deployment.of_stack(options.stack)
        recount = CostRecount(
            costs=CostsTable(deployment.client, deployment.costs_table),
            usage=UsageTable(deployment.client, deployment.usage_table),
            keys=KeysTable(deployment.client, deployment.keys_table),
            zone=deployment.reporting_zone,
        )
        return commands[options.command](recount, options.first, options.last)
    except (LedgerError, BotoCoreError, ServiceError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = command_line.parser("infra.ops.costs", __doc__)
    span = command_line.of_stack()
    span.add_argument(
        "--from",
        dest="first",
        required=True,
        type=date.fromisoformat,
        metavar="DAY",
        help="first day, such as 2026-11-01",
    )
    span.add_argument(
        "--to", dest="last", required=True, type=date.fromisoformat, metavar="DAY", help="last day, included"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "check",
        parents=[span],
        help="compare the aggregates with the usage records; exit with 1 if they differ",
    )
    commands.add_parser(
        "replay", parents=[span], help="add the usage records that are missing in the aggregates, each once"
    )
    return parser


def _check(recount: CostRecount, first: date, last: date) -> int:
    records, differences = recount.check(first, last)
    for difference in differences[:_MAX_SHOWN]:
        print(_shown(difference))
    print(f"{records} usage records compared; {len(differences) or 'no'} aggregates differ.")
    if differences:
        print("Requests of the last few minutes may not be in the aggregates yet.")
    return 1 if differences else 0


def _replay(recount: CostRecount, first: date, last: date) -> int:
    earliest = utc_now() - MARKER_LIFE + _MARGIN
    if datetime(first.year, first.month, first.day, tzinfo=recount.zone).astimezone(UTC) < earliest:
        message = (
            "Tollgate no longer knows which requests before "
            f"{earliest.astimezone(recount.zone):%Y-%m-%d %H:%M} were added; adding them might count them "
            "twice. Nothing was changed. Choose a later --from."
        )
        raise LedgerError(message)
    fates = recount.replay(first, last)
    added, known = fates[EntryOutcome.ADDED], fates[EntryOutcome.KNOWN]
    print(f"{added} usage records added; {known} had already been added.")
    if fates[EntryOutcome.REFUSED]:
        print(
            f"{fates[EntryOutcome.REFUSED]} usage records can't be added; see the log above.", file=sys.stderr
        )
    return 1 if fates[EntryOutcome.REFUSED] else 0


def _shown(difference: CostDifference) -> str:
    aggregate = difference.aggregate
    within = f" of {aggregate.within}" if aggregate.within else ""
    return (
        f"{aggregate.period}  {aggregate.dimension} {aggregate.value}{within}: "
        f"expected {_figures(difference.expected)}; found {_figures(difference.found)}"
    )


def _figures(tally: Tally) -> str:
    tokens = tally.prompt_tokens + tally.completion_tokens
    return f"{tally.requests} requests, {tokens} tokens, {money.to_string(tally.cost)} USD"


if __name__ == "__main__":
    sys.exit(main())
