"""`tollgate costs series`: the course of costs."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from tollgate_cli.arguments.body_options import snake
from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command
from tollgate_cli.commands.costs import cost_options
from tollgate_cli.commands.costs.cost_options import filters
from tollgate_cli.output.charts import BAR_WIDTH, sparkline
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.failures import UsageError
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.output.shown_text import shown
from tollgate_cli.session.current import session

METRICS: Final = (
    "cost", "providerCost", "margin", "requests", "failed", "abandoned", "totalTokens", "promptTokens",
    "completionTokens", "packs", "included", "metered", "overage", "fees",
)  # fmt: skip
_MONEY: Final = frozenset(
    {"cost", "providerCost", "margin", "packs", "included", "metered", "overage", "fees"}
)
GROUPS: Final = ("key", "model", "provider", "owner", "tag", "costCentre")
_GROUP_TITLES: Final = {each: each.capitalize() for each in GROUPS} | {"costCentre": "Cost centre"}
_COUNTS: Final = frozenset(
    {"requests", "failed", "abandoned", "totalTokens", "promptTokens", "completionTokens"}
)
_EXAMPLES: Final = (
    "tollgate costs series --group model --from 30d",
    "tollgate costs series --group tag --tag-name team --interval month",
)


def add_to(app: typer.Typer) -> None:
    """Puts it into the group `costs`."""
    command(app, "series", examples=_EXAMPLES)(series)


def series(
    *,
    from_: cost_options.From = None,
    to: cost_options.To = None,
    zone: cost_options.Zone = None,
    metric: Annotated[
        str | None, typer.Option(metavar="FIGURE", help="Such as requests or totalTokens (default: cost).")
    ] = None,
    group_: Annotated[str | None, one_of(GROUPS, "What groups are made of.", "--group")] = None,
    subgroup: Annotated[str | None, one_of(GROUPS, "What each group is made of besides.")] = None,
    tag_name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The tag by whose values --group tag groups.")
    ] = None,
    interval: Annotated[str | None, one_of(("day", "month"), "By day or by month.")] = None,
    top: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="How many groups are shown by themselves.")
    ] = None,
    key: cost_options.KeyFilter = None,
    model: cost_options.ModelFilter = None,
    owner: cost_options.OwnerFilter = None,
    provider: cost_options.ProviderFilter = None,
    tag: cost_options.TagFilter = None,
    cost_centre: cost_options.CostCentreFilter = None,
    tree: cost_options.Tree = False,
) -> None:
    """Show the course of costs by day or month, of the largest groups.

    --csv has a line for each group and period.
    """
    output = session().output
    if metric is not None and metric not in METRICS:
        raise UsageError(f"--metric must be one of {', '.join(METRICS)}.")
    asked = filters(
        from_=from_, to=to, zone=zone, metric=metric, group=group_, subgroup=subgroup, tag_name=tag_name,
        interval=interval, top=top, key=key, model=model, owner=owner, provider=provider, tag=tag,
        cost_centre=cost_centre, tree=tree,
    )  # fmt: skip
    if output.format is Format.CSV:
        with session().admin.series_text(**asked) as parts:
            output.text(parts)
        return
    found = session().admin.series(**asked)
    if output.format is Format.JSON:
        output.item(found, [])
        return
    title = _title(found["metric"])
    output.line(f"{title} by {found['interval']}, {found['from']} to {found['to']}", "dim")
    rows: list[Row] = [{**each, "label": _group_name(each)} for each in found["groups"]]
    if found["other"]["count"]:
        rows.append({**found["other"], "label": f"{found['other']['count']} others"})
    if len(rows) != 1:
        rows.append({**found["total"], "label": "Total"})
    room = None if output.width is None else max(output.width // 2, BAR_WIDTH)
    output.rows(
        rows,
        [
            Column(_GROUP_TITLES.get(group_ or "", "Group") if found["groups"] else "", "label", wide=True),
            Column("Course", lambda row: sparkline(row["values"], room), style=lambda _: "cyan"),
            Column(title, lambda row: _figure(found["metric"], row), right=True),
        ],
        empty="Nothing was spent.",
    )


def _title(metric: str) -> str:
    """providerCost is "Provider cost"."""
    return snake(metric).replace("_", " ").capitalize()


def _group_name(row: Row) -> str:
    return shown(row["name"] or row["value"] or "none")


def _figure(metric: str, row: Row) -> str:
    return f"{row[metric]:,}" if metric in _COUNTS else usd(row[metric])
