"""`tollgate settings`: what keys are created with that don't say otherwise."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from tollgate_cli.arguments.body_options import Field, snake, takes_body
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.field_texts import length
from tollgate_cli.arguments.key_fields import ENFORCEMENTS
from tollgate_cli.commands.keys.key_sides import ADMIN
from tollgate_cli.output.failures import UsageError
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.output.shown_text import shown
from tollgate_cli.session.current import session

app = group()

FIELDS: Final = (
    Field("defaultMonthlyQuota", "money", "USD a month, of keys without a parent.", nullable=True),
    Field("defaultEnforcement", "choice", "How strictly limits are enforced.", choices=ENFORCEMENTS,
          nullable=True),
    Field("defaultRpmLimit", "integer", "Requests a minute.", nullable=True),
    Field("defaultTpmLimit", "integer", "Tokens a minute.", nullable=True),
    Field("defaultMaxParallel", "integer", "Requests at once.", nullable=True),
    Field("defaultExpiryDays", "integer", "After how many days new keys expire.", nullable=True),
    Field("rotationGraceSeconds", "seconds", "How long a rotated secret stays valid: 8h, 7d.", nullable=True,
          option="--rotation-grace"),
    Field("selfServiceMailDomains", "list", "Domains to which holders may have mails sent.", nullable=True),
    Field("selfServiceMinDebounceSeconds", "seconds",
          "The shortest debounce of alerts that holders may choose.", nullable=True,
          option="--self-service-min-debounce"),
)  # fmt: skip
_LENGTHS: Final = {each.name for each in FIELDS if each.kind == "seconds"}
_NAMES: Final = {snake(each.name).replace("_", "-"): each for each in FIELDS} | {
    each.flag.removeprefix("--"): each for each in FIELDS
}


def _as_text(setting: str, value: Any) -> str:
    if setting in _LENGTHS and isinstance(value, int):
        return length(value)
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value is None else shown(value)


def _style(row: Row) -> str | None:
    return "bold" if row["source"] == "settings" else None


COLUMNS: Final = [
    Column("Setting", "setting"),
    Column("Value", lambda row: _as_text(row["setting"], row["value"]), style=_style),
    Column("Default", lambda row: _as_text(row["setting"], row["default"])),
    Column("Source", "source"),
]


@command(app, "show", examples=["tollgate settings show", "tollgate settings show --json"])
def show() -> None:
    """Show the defaults of new keys, and where each comes from.

    The source is "settings" for what was set here, "deployment" for a parameter of the template.
    """
    _print(dict(session().admin.get_settings()))


@command(
    app,
    "set",
    examples=["tollgate settings set --default-monthly-quota 50 --default-enforcement hard"],
)
@takes_body(FIELDS)
def set_settings(*, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Change defaults, for keys that are created from now on."""
    _print(ADMIN.api().update_settings(body, if_match=if_match))


@command(app, "unset", examples=["tollgate settings unset default-rpm-limit default-monthly-quota"])
def unset(
    setting: Annotated[
        list[str],
        typer.Argument(
            metavar="SETTING",
            help='Names of settings, as the options of "set".',
            autocompletion=lambda: list(_NAMES),
        ),
    ],
    *,
    if_match: IfMatch = None,
) -> None:
    """Go back to the default of settings."""
    body = {_named(each).name: None for each in setting}
    _print(ADMIN.api().update_settings(body, if_match=if_match))


def _named(text: str) -> Field:
    by_field = {each.name: each for each in FIELDS}
    found = _NAMES.get(text.removeprefix("--")) or by_field.get(text)
    if found is None:
        raise UsageError(f'"{text}" is no setting.', [f"  {each.flag.removeprefix('--')}" for each in FIELDS])
    return found


def _print(settings: dict[str, Any]) -> None:
    output = session().output
    if output.format is Format.JSON:
        output.item(settings, [])
        return
    names = [each for each in settings if each not in {"deployment", "revision"}]
    output.rows([{"setting": name, **settings[name]} for name in names], COLUMNS, empty="")
    if output.format is Format.TABLE:
        fixed = settings["deployment"]
        output.line()
        output.item(
            {**fixed, "revision": settings["revision"]},
            [
                Column("Version", "version"),
                Column("Reporting zone", "reportingZone"),
                Column("Levels of keys", "maxKeyDepth"),
                Column("Revision", "revision"),
            ],
        )
