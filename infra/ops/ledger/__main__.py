"""python -m infra.ops.ledger: checks, repairs and sweeps the ledger of a deployed gateway."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError

from aws_wire.errors import ServiceError
from infra.ops import command_line
from infra.ops.deployment import Deployment, LedgerError, caller
from infra.ops.ledger import text_table
from tollgate import money
from tollgate.audit.entry import Change
from tollgate.clock import utc_now
from tollgate.conflicts import EditConflictError
from tollgate.ledger.store.sweeper import Sweeper
from tollgate.reconcile import repairs
from tollgate.reconcile.store import repair_writes as stored_repairs

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from tollgate.reconcile.reconciliation import Counter
    from tollgate.reconcile.repairs import Repair

# A repair needs to know the difference to the last digit, which takes a moment of few requests.
_REPAIR_PASSES = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """1 if something is wrong or has failed."""
    options = _parser().parse_args(arguments)
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "check": _check,
        "repair": _repair,
        "sweep": _sweep,
    }
    try:
        return commands[options.command](options)
    except (LedgerError, BotoCoreError, ServiceError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = command_line.parser("infra.ops.ledger", __doc__)
    deployed = command_line.of_stack()
    commands = parser.add_subparsers(dest="command", required=True)

    check = commands.add_parser(
        "check",
        parents=[deployed],
        help="compare keys' counters with their usage records; exit with 1 on drift",
    )
    check.add_argument("keys", nargs="*", metavar="KEY", help="id of a key to compare; all keys by default")

    repair = commands.add_parser(
        "repair", parents=[deployed], help="set a key's counters to what its usage records add up to"
    )
    repair.add_argument("key", metavar="KEY", help="the key's id")
    repair.add_argument(
        "--yes", action="store_true", help="apply the repair; without it, the repair is only shown"
    )

    commands.add_parser(
        "sweep", parents=[deployed], help="settle the holds of dead requests, as the schedule does"
    )
    return parser


def _check(options: argparse.Namespace) -> int:
    report = Deployment.of_stack(options.stack).reconciliation().run(options.keys or None)
    for missing in sorted(set(options.keys) - report.scopes.keys()):
        message = f"There is no key {missing}."
        raise LedgerError(message)
    if report.drifts:
        print(text_table.of_drifts(report.drifts, report.scopes))
    drifting = len(report.drifting)
    print(
        f"{len(report.scopes)} keys compared with {report.records} new records: "
        f"{drifting or 'none'} drifting."
    )
    return 1 if drifting else 0


def _repair(options: argparse.Namespace) -> int:
    deployment = Deployment.of_stack(options.stack)
    report = deployment.reconciliation(_REPAIR_PASSES).run([options.key])
    if options.key not in report.scopes:
        message = f"There is no key {options.key}."
        raise LedgerError(message)
    if not report.drifts:
        print(f"{options.key} does not drift. Nothing to repair.")
        return 0
    print(text_table.of_drifts(report.drifts, report.scopes))
    try:
        repair = repairs.repair(report.scopes[options.key], report.drifts)
    except repairs.InexactError as error:
        message = f"Too many requests are in progress to tell by how much {error} is wrong. Try again later."
        raise LedgerError(message) from error
    print(f"\n{text_table.of_repair(repair)}")
    if not options.yes:
        print("\nNothing was changed. Add --yes to apply the repair.")
        return 1
    _apply(deployment, repair)
    print("\nRepaired, and recorded in the audit log.")
    return 0


def _apply(deployment: Deployment, repair: Repair) -> None:
    change = Change.of(
        repair.seen.key_id,
        ("ledger.repair",),
        _shown(repair.before()),
        _shown(repair.after()),
        actor=caller(),
        at=utc_now(),
        request_id=None,
    )
    try:
        stored_repairs.apply(deployment.client, deployment.keys_table, deployment.audit_table, repair, change)
    except EditConflictError as error:
        message = (
            f"The key {repair.seen.key_id} was edited or began a new window during the repair. "
            "Nothing was changed; try again."
        )
        raise LedgerError(message) from error


def _shown(counters: Mapping[Counter, Decimal]) -> dict[str, str]:
    """In the admin API's form: `budgetUsed`."""
    shown = {}
    for counter, amount in counters.items():
        first, second = counter.value.split("_")
        shown[first + second.capitalize()] = money.to_string(amount)
    return shown


def _sweep(options: argparse.Namespace) -> int:
    report = Sweeper(Deployment.of_stack(options.stack).ledger()).run()
    cost = money.to_string(report.abandoned_cost)
    print(
        f"{report.swept} holds of {report.keys} keys settled; "
        f"{report.abandoned} requests were abandoned, for {cost} USD."
    )
    for key_id in report.failed:
        print(f"{key_id} could not be swept.", file=sys.stderr)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
