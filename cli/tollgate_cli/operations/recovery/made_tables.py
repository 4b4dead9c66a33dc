"""Whether a stack's tables have all that they were made from, and its functions use them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.operations import aws_failures
from tollgate_cli.operations.recovery.restorable_tables import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.recovery.restorable_tables import RestorableStack, RestorableTable

_ALIAS: Final = "live"
_COMPLETED: Final = "COMPLETED"


@dataclass(frozen=True, slots=True)
class MadeTable:
    """`exported` and `imported` count items; `wrong` is what isn't as it must be, None if all is well."""

    table: RestorableTable
    source: str
    at: str
    exported: int
    imported: int
    wrong: str | None


def made_tables(stack: RestorableStack) -> Iterator[MadeTable]:
    """Those of the stack's tables that were made from exports. Raises `CommandError`."""
    for table in stack.tables(tuple(NAMES)):
        source = stack.description.parameters.get(table.parameter, "")
        if source:
            yield _made(stack, table, source)


def _made(stack: RestorableStack, table: RestorableTable, source: str) -> MadeTable:
    summary = _summary(stack, source)
    found = _import(stack, table)
    exported = int(summary["itemCount"])
    return MadeTable(
        table,
        source,
        at=str(summary.get("exportTime", "")),
        exported=exported,
        imported=int(found.get("ImportedItemCount", 0)),
        wrong=_wrong(found, exported),
    )


def _wrong(found: Any, exported: int) -> str | None:
    if not found:
        return "it wasn't made from an export"
    if found["ImportStatus"] != _COMPLETED:
        return f"its import is {found['ImportStatus']}: {found.get('FailureMessage', 'no reason given')}"
    if found.get("ErrorCount"):
        return f"items that couldn't be imported: {found['ErrorCount']}"
    if found.get("ImportedItemCount", 0) != exported:
        return "it has other items than were exported"
    return None


def _summary(stack: RestorableStack, source: str) -> Any:
    """What DynamoDB wrote of the export beside its data."""
    bucket = stack.description.parameters["RestoreBucket"]
    key = f"{source.removesuffix('data/')}manifest-summary.json"
    with aws_failures.in_words(f"s3://{bucket}/{key} can't be read"):
        answer = stack.aws.client("s3").get_object(Bucket=bucket, Key=key)
    return json.loads(answer["Body"].read())


def _import(stack: RestorableStack, table: RestorableTable) -> Any:
    """DynamoDB's description of the import that made the table, empty if none did."""
    client = stack.aws.client("dynamodb")
    with aws_failures.in_words(f"The import of {table.id} can't be read"):
        arn = client.describe_table(TableName=table.id)["Table"]["TableArn"]
        found = client.list_imports(TableArn=arn)["ImportSummaryList"]
        if not found:
            return {}
        return client.describe_import(ImportArn=found[0]["ImportArn"])["ImportTableDescription"]


def strays(stack: RestorableStack) -> Iterator[tuple[str, str]]:
    """Functions whose live version uses another table than the stack's, each with that table.

    Their versions were not made anew along with the table: `TableGeneration` is as it was.
    """
    own = {f"{name.upper()}_TABLE": stack.tables((name,))[0].id for name in NAMES}
    client = stack.aws.client("lambda")
    for name, resource in stack.resources.items():
        if resource["ResourceType"] != "AWS::Lambda::Function":
            continue
        with aws_failures.in_words(f"The function {name} can't be read"):
            answer = client.get_function_configuration(
                FunctionName=resource["PhysicalResourceId"], Qualifier=_ALIAS
            )
        for variable, value in answer.get("Environment", {}).get("Variables", {}).items():
            if variable in own and value != own[variable]:
                yield name, value
