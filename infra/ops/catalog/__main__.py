"""python -m infra.ops.catalog: for maintainers of the shipped catalog of well-known models and prices."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from infra.ops.catalog import litellm
from tollgate_admin.catalog.shipped import shipped_prices, staleness
from tollgate_admin.catalog.shipped.shipped_prices import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """1 if something was found or has failed."""
    options = _parser().parse_args(arguments)
    commands: dict[str, Callable[[], int]] = {
        "check": lambda: _check(options),
        "import-litellm": lambda: _import(options),
    }
    try:
        return commands[options.command]()
    except CatalogError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.ops.catalog", description=__doc__)
    parser.add_argument(
        "--file",
        type=Path,
        default=shipped_prices.SHIPPED,
        help="the catalog file (default: the shipped one)",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    check = commands.add_parser("check", help="list what is outdated or missing in the catalog")
    check.add_argument(
        "--days", type=_days, default=staleness.DAYS, help="maximum age of prices in days (default: 90)"
    )

    convert = commands.add_parser("import-litellm", help="convert LiteLLM's price map into a catalog")
    convert.add_argument("map", type=Path, metavar="FILE", help="model_prices_and_context_window.json")
    convert.add_argument(
        "--vendor", action="append", default=[], help="convert only this provider's models; can be repeated"
    )
    convert.add_argument(
        "--leave-out",
        action="append",
        default=[],
        metavar="FIELD",
        help="ignore this field of the map, or all fields with this ending (batches, flex); can be repeated",
    )
    convert.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="write to this file instead of standard output"
    )
    return parser


def _days(text: str) -> int:
    days = int(text)
    if days < 0:
        message = "must not be negative"
        raise argparse.ArgumentTypeError(message)
    return days


def _today() -> date:
    return datetime.now(UTC).date()


def _check(options: argparse.Namespace) -> int:
    known = shipped_prices.read(options.file)
    found = staleness.findings(known, _today(), options.days)
    for finding in found:
        print(finding)
    if not found:
        print(f"All {len(known.models)} models have prices read in the last {options.days} days.")
    return 1 if found else 0


def _import(options: argparse.Namespace) -> int:
    try:
        text = options.map.read_bytes()
    except OSError as error:
        message = f"{options.map} can't be read: {error.strerror}"
        raise CatalogError(message) from error
    result = litellm.convert(litellm.parse(text), _today(), options.vendor, options.leave_out)
    _write(shipped_prices.render(result.entries), options.output)
    for name, reason in result.refused:
        print(f"{name}: {reason}", file=sys.stderr)
    for mode, count in sorted(result.other_modes.items()):
        print(f"{count} models of mode {mode} skipped", file=sys.stderr)
    print(f"{len(result.entries)} models converted, {len(result.refused)} refused.", file=sys.stderr)
    return 0


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{output} can't be written: {error.strerror}"
        raise CatalogError(message) from error


if __name__ == "__main__":
    sys.exit(main())
