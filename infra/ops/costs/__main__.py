"""python -m infra.ops.costs: checks and corrects the cost aggregates of a deployed gateway."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError

from aws_wire.errors import ServiceError
from infra.ops import command_line
from infra.ops.costs.cost_check import CostRecount
from infra.ops.costs.replay import CostReplay, NoRecordsError, OpenDayError
from infra.ops.deployment import Deployment, LedgerError
from tollgate import money
from tollgate.clock import utc_now
from tollgate.costs.store.corrections import SumsChangedError
from tollgate.costs.store.costs_table import CostsTable
from tollgate.keys.store.keys_table import KeysTable
from tollgate.request_log.store.usage_table import UsageTable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from infra.ops.costs.cost_check import CostDifference
    from tollgate.costs.aggregates import Tally

_MAX_SHOWN = 50


class ExpiredDayError(Exception):
    """Of a day some usage records may be gone, which its sums rightly count."""


_FAILURES = (
    *(LedgerError, ExpiredDayError, OpenDayError, NoRecordsError, SumsChangedError),
    *(BotoCoreError, ServiceError),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """1 if something is wrong or has failed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.last < options.first:
        parser.error("--to must not be before --from")
    commands: dict[str, Callable[[CostRecount, date, date], int]] = {"check": _check, "replay": _replay}
    try:
        deployment = Deployment.of_stack(options.stack)
        _require_records(deployment, options.first)
        recount = CostRecount(
            costs=CostsTable(deployment.client, deployment.costs_table),
            usage=UsageTable(deployment.client, deployment.usage_table),
            keys=KeysTable(deployment.client, deployment.keys_table),
            zone=deployment.reporting_zone,
        )
        return commands[options.command](recount, options.first, options.last)
    except _FAILURES as error:
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
        "replay", parents=[span], help="make the aggregates of closed days what the usage records add up to"
    )
    return parser


def _require_records(deployment: Deployment, first: date) -> None:
    """Raises `ExpiredDayError`: a record expires so long after its admission."""
    expired = (utc_now() - deployment.retention).astimezone(deployment.reporting_zone).date()
    if first <= expired:
        message = (
            f"Usage records are kept for {deployment.retention.days} days: of days before "
            f"{expired + timedelta(days=1)} some may be gone. Nothing was compared or changed."
        )
        raise ExpiredDayError(message)


def _check(recount: CostRecount, first: date, last: date) -> int:
    records, differences = recount.check(first, last)
    for difference in differences[:_MAX_SHOWN]:
        print(_shown(difference))
    print(f"{records} usage records compared; {len(differences) or 'no'} aggregates differ.")
    if differences:
        print("Requests of the last few minutes may not be in the aggregates yet.")
    return 1 if differences else 0


def _replay(recount: CostRecount, first: date, last: date) -> int:
    replayed = CostReplay(recount).run(first, last)
    print(f"{replayed.records} usage records replayed; {replayed.corrected or 'no'} sums were put right.")
    if replayed.refused:
        print(
            f"{replayed.refused} usage records can't be added: they have names that are too long for a sum.",
            file=sys.stderr,
        )
    return 1 if replayed.refused else 0


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
