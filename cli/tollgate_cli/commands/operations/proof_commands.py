"""`tollgate proof`: what the seals of a stack prove of its records and changes, and whether a proof holds."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tollgate_cli.arguments.common_options import as_argument, as_option
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.spans import day as read_day
from tollgate_cli.commands.operations import stack_options
from tollgate_cli.output import saved_text
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import CommandError, ExitCode, UsageError
from tollgate_cli.output.printer import Column
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.proofs.day_comparison import ComparedDay
    from tollgate_cli.operations.proofs.sealed_stack import SealedStack

app = group("Prove that records and changes are as they were sealed.")

_JUDGED = (
    Column("id", "id"),
    Column("of", "of"),
    Column("verdict", lambda row: row["verdict"].replace("_", " ")),
    Column("day of the seal", "day"),
    Column("section", "section"),
    Column("may be sealed from", "sealedAfter"),
    Column("chain until", "last"),
    Column("its head", "head"),
)
_DIFFERENCES = (
    Column("day", "day"),
    Column("section", "section"),
    Column("what", "what"),
    Column("id", "id"),
    Column("of", "of"),
    Column("problem", "problem", wide=True),
)
_CHAIN = (
    Column("first day", "first"),
    Column("last day", "last"),
    Column("seals", "seals"),
    Column("head", "head"),
    Column("problems", lambda row: str(len(row["problems"]) or "none")),
)
_PROVED = (
    Column("kind", "kind"),
    Column("id", "id"),
    Column("of", "of"),
    Column("stack", "stack"),
    Column("day of the seal", "day"),
    Column("chain until", "last"),
    Column("its head", "head"),
    Column("head is known", lambda row: "yes" if row["headIsKnown"] else "no"),
)
# By verdict: how the command ends. What isn't here has been tampered with.
_ENDINGS = {
    "as_sealed": ExitCode.DONE,
    "expired": ExitCode.NOT_FOUND,
    "unknown": ExitCode.NOT_FOUND,
    "not_sealed_yet": ExitCode.CONFLICT,
    "before_the_chain": ExitCode.CONFLICT,
}
_SAID = {
    "changed": "It isn't what was sealed.",
    "removed": "It was sealed, and is gone before its time.",
    "added": "It is in no seal, though its day is sealed: it was added later.",
    "list_altered": "The leaf list that would have it was changed or removed. Try --bucket.",
    "chain_broken": "Its seal, or one after it, was changed; tollgate proof chain says which. Try --bucket.",
    "expired": "It has expired. Give it with --item, from an export or backup.",
    "unknown": "There is no such item, and no seal has one.",
    "not_sealed_yet": "Its day isn't sealed yet.",
    "before_the_chain": "The chain of seals begins after its day.",
}
Bucket = Annotated[
    bool, typer.Option("--bucket", help="Believe the seals in the stack's SealBucket, not the table's.")
]


@command(
    app,
    "record",
    examples=(
        "tollgate proof record req_ID --stack tollgate-prod",
        "tollgate proof record req_ID --stack tollgate-prod --save proof.json",
        "tollgate proof record chg_ID --stack tollgate-prod --bucket",
    ),
)
def record(
    *,
    item_id: Annotated[
        str, typer.Argument(metavar="REQUEST", help="A request's id (req_…), or a change's (chg_…).")
    ],
    stack: stack_options.Stack,
    item: Annotated[
        Path | None,
        typer.Option(
            "--item", metavar="FILE", help="The item in DynamoDB's JSON, if the table has it no more."
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="Write the proof, for `tollgate proof verify`."),
    ] = None,
    bucket: Bucket = False,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Prove that a record or change is what was sealed.

    Exits with 1 if it was changed, removed or added later, with 4 if there is no such item or it has
    expired, and with 5 if its day isn't sealed.
    """
    from tollgate_cli.operations.proofs.record_proofs import RecordProofs  # noqa: PLC0415 - only when run

    given = None if item is None else _item(item)
    sealed = _sealed(stack, aws_profile, region, with_bucket=bucket)
    with _in_words(stack):
        judged = RecordProofs(sealed).judge(item_id, given)
        row = judged.row()
    output = session().output
    if save is not None and judged.proof is not None:
        text = json.dumps(judged.proof.to_json(), indent=2, ensure_ascii=False)
        saved_text.save(str(save), [f"{text}\n"], lambda _lines: None)
    output.item(row, _JUDGED)
    if said := _SAID.get(row["verdict"]):
        output.complaint(said)
    return _ENDINGS.get(row["verdict"], ExitCode.FAILED)


@command(
    app,
    "day",
    examples=(
        "tollgate proof day 2026-11-27 --stack tollgate-prod",
        "tollgate proof day 2026-11-01 --to 2026-11-27 --stack tollgate-prod --json",
    ),
)
def compare(
    *,
    first: Annotated[str, as_argument(read_day, "A day, in UTC.", metavar="DAY")],
    stack: stack_options.Stack,
    to: Annotated[str | None, as_option(read_day, "Last day, included.", "--to", metavar="DAY")] = None,
    bucket: Bucket = False,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Compare all records and changes of a day with its seal, and name those that differ.

    They are in the order of their days and ids, behind the seals of these and later days that were
    themselves changed. Exits with 1 if any was changed, removed or added,
    and with 5 if a day isn't sealed.
    """
    begin, end = date.fromisoformat(first), date.fromisoformat(to or first)
    if end < begin:
        raise UsageError("--to must not be before DAY.")
    sealed = _sealed(stack, aws_profile, region, with_bucket=bucket)
    rows: list[dict[str, Any]] = []
    output = session().output
    days = [begin + timedelta(days=offset) for offset in range((end - begin).days + 1)]
    counts = {"sealed": 0, "late": 0, "expired": 0}
    with _in_words(stack), output.progress("Days compared", len(days)) as advance:
        rows += _broken(sealed, begin)
        for each in days:
            found = _compared(sealed, each, stack)
            rows += [difference.row(each.isoformat()) for difference in found.differences]
            counts = {name: count + getattr(found, name) for name, count in counts.items()}
            advance(1)
    summary = (
        f"{counted(len(days), 'day')}, {counted(counts['sealed'], 'sealed item')}: "
        f"{len(rows) or 'none'} not as sealed, {counts['late']} more sealed with a later day, "
        f"{counts['expired']} expired."
    )
    output.rows(rows, _DIFFERENCES, empty=summary)
    if rows:
        output.note(summary)
    return ExitCode.FAILED if rows else ExitCode.DONE


@command(
    app,
    "chain",
    examples=(
        "tollgate proof chain --stack tollgate-prod",
        "tollgate proof chain --stack tollgate-prod --bucket",
    ),
)
def chain(
    *,
    stack: stack_options.Stack,
    bucket: Annotated[
        bool, typer.Option("--bucket", help="Compare it with the copy in the stack's SealBucket.")
    ] = False,
    head: Annotated[
        list[str] | None,
        typer.Option("--head", metavar="HASH", help="A head that you have noted; may be given repeatedly."),
    ] = None,
    aws_profile: stack_options.AwsProfile = None,
    region: stack_options.Region = None,
) -> int:
    """Check that the seals are a chain without a gap, and show its head.

    Exits with 1 if a seal was changed, removed or swapped, or no seal has a head that you know.
    """
    from tollgate_cli.operations.proofs import chain_comparison  # noqa: PLC0415 - only when run

    sealed = _sealed(stack, aws_profile, region, with_bucket=bucket)
    with _in_words(stack):
        found = chain_comparison.compared(sealed, head or ())
    output = session().output
    output.item(found, _CHAIN)
    for each in found["problems"]:
        output.complaint(f"{each['day']}: {each['problem']}." if each["day"] else f"{each['problem']}.")
    if not found["seals"] and not found["problems"]:
        output.complaint("No day is sealed yet.")
    return ExitCode.FAILED if found["problems"] else ExitCode.DONE


@command(
    app,
    "verify",
    examples=("tollgate proof verify proof.json", "tollgate proof verify proof.json --head HASH"),
)
def verify(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `tollgate proof record --save` wrote.")],
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="HASH", help="A head that you know from elsewhere, which it must have."
        ),
    ] = None,
) -> int:
    """Verify a proof by itself, without the stack or AWS.

    Exits with 1 if it doesn't hold. Without --head, it holds if the head that is shown is the stack's.
    """
    from tollgate.seals.proof_documents import Proof, ProofError  # noqa: PLC0415 - only when run
    from tollgate.seals.store.day_items import name_of  # noqa: PLC0415

    try:
        proved = Proof.from_json(_json(file)).verify(head)
        name = name_of(proved.kind, proved.item)
    except ProofError as error:
        raise CommandError(str(error)) from error
    except (KeyError, TypeError) as error:
        raise CommandError("The proof's item has no key of a record or of a change.") from error
    row = {
        "kind": proved.kind.value,
        "id": name.sort.rpartition("#")[2],
        "of": name.partition,
        "stack": proved.stack,
        "day": proved.day.isoformat(),
        "last": proved.last.isoformat(),
        "head": proved.head,
        "headIsKnown": head is not None,
    }
    session().output.item(row, _PROVED)
    return ExitCode.DONE


def _broken(sealed: SealedStack, since: date) -> list[dict[str, Any]]:
    """Which seals of that and later days aren't those of one chain: all later ones stand for a day's."""
    from tollgate.seals import chain_check  # noqa: PLC0415 - only when run

    problems = chain_check.check(sealed.seals.chain()).problems
    nothing = dict.fromkeys(("section", "id", "of"))
    return [
        {"day": day.isoformat(), **nothing, "what": "seal", "problem": problem}
        for day, problem in problems
        if day >= since
    ]


def _compared(sealed: SealedStack, day: date, stack: str) -> ComparedDay:
    from tollgate_cli.operations.proofs.day_comparison import DayComparison  # noqa: PLC0415 - only when run

    stored = sealed.seals.seal(day)
    if stored is None:
        message = f"{day} isn't sealed: it is too recent, before the first seal, or its seal was removed."
        raise CommandError(message, ExitCode.CONFLICT, [f"tollgate proof chain --stack {stack}"])
    return DayComparison(sealed, stored).run()


def _sealed(stack: str, aws_profile: str | None, region: str | None, *, with_bucket: bool) -> SealedStack:
    deployment = stack_options.deployed(stack, aws_profile, region)
    from tollgate_cli.operations.proofs.sealed_stack import SealedStack  # noqa: PLC0415 - imports boto3

    return SealedStack.of(deployment, with_bucket=with_bucket)


@contextmanager
def _in_words(stack: str) -> Iterator[None]:
    from tollgate.seals.day_seals import SealError  # noqa: PLC0415 - only when run
    from tollgate_cli.operations import aws_failures  # noqa: PLC0415

    try:
        with aws_failures.in_words("The seals can't be read"):
            yield
    except SealError as error:
        message = f"{error} It was tampered with, or written by another version."
        raise CommandError(message, details=[f"tollgate proof chain --stack {stack}"]) from error


def _item(file: Path) -> dict[str, Any]:
    """By itself, or as `aws dynamodb get-item` and exports have it."""
    found = _json(file)
    within = found.get("Item", found) if isinstance(found, dict) else found
    if not isinstance(within, dict):
        raise UsageError(f"{file} has no item of DynamoDB's JSON.")
    return within


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{file} can't be read as JSON: {error}.") from error
