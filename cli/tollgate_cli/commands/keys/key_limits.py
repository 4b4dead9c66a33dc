"""`tollgate keys budget`, `raise` and `reset`."""

from __future__ import annotations

from typing import Any

from tollgate_cli.arguments.body_options import takes_body
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_fields import BUDGET, RAISE, RESET
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.commands.keys import key_actions
from tollgate_cli.commands.keys.key_sides import ADMIN, Key, confirmed, only_window
from tollgate_cli.commands.keys.key_views import BRIEF
from tollgate_cli.session.current import session

app = group()


@command(
    app,
    "budget",
    examples=[
        "tollgate keys budget ext:search-team --budget-limit 800 --enforcement hard",
        "tollgate keys budget name:ann --quota-limit 5 --quota-period week --alert 80",
    ],
)
@takes_body(BUDGET)
def budget(key: Key, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Change a key's budget, its quota and what goes with them.

    What is used stays used. A limit that is set ends its temporary raise.
    """
    key_actions.set_budget(ADMIN, key, body, if_match)


@command(
    app,
    "raise",
    examples=[
        "tollgate keys raise ext:search-team --to 800 --for 7d",
        "tollgate keys raise name:ann --window week --to 20 --until 2026-12-24",
    ],
)
@takes_body(RAISE, required=["limit", "until"])
def raise_budget(key: Key, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Raise a limit for a time; then it falls back by itself."""
    identifier = key_id(key)
    if "window" not in body:
        body["window"] = only_window(ADMIN, identifier)
    answer = ADMIN.api().raise_budget(identifier, body, if_match=if_match)
    session().output.item(answer, BRIEF)


@command(app, "reset", examples=["tollgate keys reset ext:search-team --quota"])
@takes_body(RESET, may_be_empty=True)
def reset(key: Key, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Set back to zero what is used of the budget and the quota."""
    if True in body.values():
        # Who names one of them means no other, which the API would take along.
        body = {"budget": False, "quota": False} | body
    (identifier,) = confirmed(ADMIN, "Reset what is used of", [key])
    answer = ADMIN.api().reset_budget(identifier, body, if_match=if_match)
    session().output.item(answer, BRIEF)
