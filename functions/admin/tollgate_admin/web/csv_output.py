"""JSON or CSV: which of them a client wants, and text as CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response

from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import BaseModel

# Lambda takes 6 MB of answer, the body escaped in it.
_MAX_BYTES = 5_900_000
# What makes a spreadsheet take a cell for a formula, also as full-width characters.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take them for ASCII's


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"


_MEDIA_TYPES = {Format.JSON: ("application", "json"), Format.CSV: ("text", "csv")}


def negotiated(named: Format | None, accept: str | None) -> Format:
    """The format that was named; else the one that `Accept` (RFC 9110, 12.5.1) prefers.

    JSON if it likes both the same, or neither: as with every other route here, what is left to say is JSON.
    """
    if named is not None or not accept:
        return named or Format.JSON
    return Format.CSV if _quality(accept, Format.CSV) > _quality(accept, Format.JSON) else Format.JSON


def documented(json_model: type[BaseModel]) -> dict[int, Any]:
    """What a route answers in either format, for its description."""
    content = {"application/json": {"model": json_model}, "text/csv": {"schema": {"type": "string"}}}
    return {HTTPStatus.OK.value: {"description": HTTPStatus.OK.phrase, "content": content}}


def csv_response(
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    name: str,
    following: Mapping[str, Any] | None = None,
) -> Response[str]:
    """A table, with a line of its columns' names, to save under a name.

    `following` is the query of the next page, if there is one; the answer has it as a `Link` (RFC 8288).
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    body = text.getvalue()
    if len(json.dumps(body)) > _MAX_BYTES:
        raise problems.invalid(
            "format",
            "can't be csv, because the table is too large for one response; narrow the query, or use pages",
        )
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    if following is not None:
        headers["Link"] = f'<?{urlencode(following)}>; rel="next"'
    return Response(HTTPStatus.OK, "text/csv; charset=utf-8", body, headers=headers)


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows of cells as a part of a table that is streamed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def defused(text: str) -> str:
    """Text that somebody has chosen, as a cell that no spreadsheet runs as a formula.

    An apostrophe goes before it, as OWASP has it of CSV injection. Numbers must not come here: theirs may
    begin with a sign.
    """
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")) else text


def _quality(accept: str, form: Format) -> float:
    """Of the most specific range that the format is in; 0 if it is in none."""
    kind, subkind = _MEDIA_TYPES[form]
    ranges = {"*/*": 0, f"{kind}/*": 1, f"{kind}/{subkind}": 2}
    found = [(-1, 0.0)]
    for part in accept.split(","):
        media_range, *parameters = (each.strip().lower() for each in part.split(";"))
        if media_range in ranges:
            found.append((ranges[media_range], _q(parameters)))
    return max(found)[1]


def _q(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
