"""`tollgate costs what-if`: what a span would have cost at other prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.arguments.body_options import Field, takes_body
from tollgate_cli.arguments.declared import command
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.output.figure_columns import amount, count
from tollgate_cli.output.printer import Column, Format
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    import typer

_FIELDS: Final = (
    Field("from", "day", "First day of the requests."),
    Field("to", "day", "Last day, included."),
    Field("zone", "text", "The reporting zone, to make sure that it is this one."),
    Field("keyId", "text", "Only requests of this key: its id, external id or name.", option="--key"),
    Field("model", "text", "Only requests for this model."),
    Field("asModel", "text", "Price them as this model is priced now."),
    Field("priceVersion", "text", "Price them by this version of prices."),
    Field("prices", "json", "Price them by these prices, as an edit of a model has them."),
)
_EXAMPLES: Final = ("tollgate costs what-if --model gpt-5.5 --as-model gpt-5.5-mini --from 7d",)


def add_to(app: typer.Typer) -> None:
    """Puts it into the group `costs`."""
    command(app, "what-if", examples=_EXAMPLES)(takes_body(_FIELDS)(what_if))


def what_if(*, body: dict[str, Any]) -> None:
    """Price a span of requests differently."""
    output = session().output
    if isinstance(body.get("keyId"), str):
        body["keyId"] = key_id(body["keyId"])
    found = session().admin.what_if(body)  # type: ignore[arg-type] # its fields are the options'
    output.item(
        found,
        [
            count("Requests", "requests"),
            amount("Cost", "cost"),
            amount("What if", "whatIfCost"),
            amount("Difference", "difference"),
        ],
    )
    if output.format is Format.TABLE and found["models"]:
        output.line()
        output.rows(
            found["models"],
            [
                Column("Model", "model", wide=True),
                count("Requests", "requests"),
                amount("Cost", "cost"),
                amount("What if", "whatIfCost"),
            ],
            empty="",
        )
