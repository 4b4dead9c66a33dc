"""python -m infra.ops.catalog: checks and loads a catalog of well-known models and prices."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from infra.ops.catalog import litellm, model_loader
from tollgate_admin.catalog.shipped import shipped_prices, staleness
from tollgate_admin.catalog.shipped.shipped_prices import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from tollgate_admin.catalog.shipped.shipped_prices import Entry

TOKEN_VARIABLE = "TOLLGATE_ADMIN_TOKEN"  # noqa: S105 - the variable's name


def main(arguments: Sequence[str] | None = None, transport: httpx.BaseTransport | None = None) -> int:
    """1 if something was found or has failed. `transport` stands in for the network in tests."""
    options = _parser().parse_args(arguments)
    commands: dict[str, Callable[[], int]] = {
        "check": lambda: _check(options),
        "load": lambda: _load(options, transport),
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

    load = commands.add_parser(
        "load", help=f"import models through the admin API, with the token in {TOKEN_VARIABLE}"
    )
    load.add_argument(
        "--admin-url", required=True, metavar="URL", help="URL of the admin API, such as https://…/api/admin"
    )
    load.add_argument(
        "--provider-id", required=True, metavar="prv_…", help="id of the provider that serves the models"
    )
    load.add_argument("--vendor", help="load only this vendor's models")
    existing = load.add_mutually_exclusive_group()
    existing.add_argument(
        "--update",
        dest="existing",
        action="store_const",
        const="update",
        default="keep",
        help="also set the catalog's prices on existing models whose prices were not set by hand",
    )
    existing.add_argument(
        "--replace",
        dest="existing",
        action="store_const",
        const="replace",
        help="also set the catalog's prices on existing models, even if theirs were set by hand",
    )
    load.add_argument("names", nargs="*", metavar="NAME", help="load only these models")

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


def _load(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        message = f"Set {TOKEN_VARIABLE} to the admin token."
        raise CatalogError(message)
    chosen = _chosen(shipped_prices.read(options.file).models, options.vendor, options.names)
    failed = False
    with model_loader.client(options.admin_url, token, transport) as api:
        for outcome in model_loader.load(api, options.provider_id, chosen, options.existing):
            print(outcome, flush=True)
            failed |= outcome.failed
    return 1 if failed else 0


def _chosen(entries: Sequence[Entry], vendor: str | None, names: Sequence[str]) -> list[Entry]:
    of_vendor = [entry for entry in entries if vendor in (None, entry.vendor)]
    unknown = sorted(set(names) - {entry.system_name for entry in of_vendor})
    if unknown:
        message = f"Not among the catalog's models{f' of {vendor}' if vendor else ''}: {', '.join(unknown)}."
        raise CatalogError(message)
    if not of_vendor:
        vendors = ", ".join(sorted({entry.vendor for entry in entries}))
        message = f"The catalog has no models of {vendor}, only of {vendors}."
        raise CatalogError(message)
    return [entry for entry in of_vendor if not names or entry.system_name in names]


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
