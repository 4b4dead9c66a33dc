"""The command `tollgate`: its groups, each imported when it is asked for."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from tollgate import __version__
from tollgate_cli.arguments.global_parameters import global_parameters
from tollgate_cli.arguments.plain_values import read_plainly
from tollgate_cli.session.current import Session, use
from tollgate_cli.session.endings import ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

# Of a command's or group's name: the module of `commands` whose `app` it is, and its line in the help.
SECTIONS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "Programs": {
        "run": ("programs.run_command", "Run a program whose calls go through the gateway."),
        "env": ("programs.env_command", "Print the variables by which programs use the gateway."),
    },
    "Keys and budgets": {
        "keys": ("keys.key_commands", "Create, change and look at keys."),
        "budget-requests": (
            "administration.budget_request_commands",
            "Look at requests for higher limits, approve and deny them.",
        ),
        "my": ("holder.my_commands", "With a key alone: the keys below it, its packs, higher limits."),
    },
    "Costs": {
        "costs": ("costs.cost_commands", "Show what was spent, by whom and on what; bills and exports."),
        "usage": ("own.usage_command", "With a key alone: how its budgets stand, and what was spent."),
        "estimate": ("own.estimate_command", "With a key alone: what a call would cost at most."),
    },
    "Requests, alerts and the audit": {
        "requests": ("records.request_commands", "Look at the log of calls, follow it, and export it."),
        "alerts": ("records.alert_commands", "Look at what was told to whom, and set what is by default."),
        "audit": ("records.audit_command", "Show who changed what, with the values before and after."),
    },
    "Models and prices": {
        "models": ("catalog.models_commands", "Create, change and look at the models that keys may call."),
        "prices": ("catalog.price_commands", "List the versions of a model's prices, and set them."),
        "providers": ("catalog.provider_commands", "Create, change, test and look at who serves models."),
        "catalog": ("catalog.catalog_commands", "Load well-known models with their prices; check prices."),
    },
    "Configuration as code": {
        "apply": ("configuration.apply_command", "Make the gateway have what files say."),
        "diff": ("configuration.diff_command", "Show what apply would change."),
        "export": ("configuration.export_command", "Write what the gateway has as a file."),
        "schema": ("configuration.schema_command", "Print the JSON Schema of the files."),
    },
    "Administration": {
        "settings": ("administration.setting_commands", "Look at the defaults of new keys, and set them."),
        "admins": ("administration.admin_commands", "Create, change and end named admins."),
    },
    "Operations": {
        "doctor": ("operations.doctor_command", "Say what is wrong with a gateway, and what mends it."),
        "ledger": ("operations.ledger_commands", "Check, sweep and repair the ledger of a stack."),
        "proof": (
            "operations.proof_commands",
            "Prove that records and changes are as they were sealed.",
        ),
        "data": (
            "operations.data_commands",
            "Say in which form a stack's data are, and renew it.",
        ),
        "archive": (
            "operations.archive_commands",
            "Look at what a stack has archived of its days, and have days archived.",
        ),
        "recovery": (
            "operations.recovery_commands",
            "Export tables as of one instant, to make a stack's tables from that.",
        ),
        "openapi": ("openapi_command", "Print the description of the gateway's APIs."),
    },
    "Signing in": {
        "login": ("account.login_command", "Sign in to a gateway by a token, a key or at an issuer."),
        "logout": ("account.logout_command", "Remove a profile's token and key from this machine."),
        "whoami": ("account.whoami_command", "Show who the gateway takes you for."),
        "profiles": ("account.profile_commands", "List, choose and remove the gateways you signed in to."),
        "auth": ("account.auth_commands", "Print the token or the key for other programs."),
        "help": ("account.help_command", "Print the help of a command."),
    },
}
GROUPS: Final = {name: entry for section in SECTIONS.values() for name, entry in section.items()}
_EXIT_CODES: Final = (
    ("0", "done"),
    ("1", "the command found something, such as differences, or failed"),
    ("2", "wrong use; nothing was sent"),
    ("3", "not signed in, or not allowed"),
    ("4", "not found"),
    ("5", "conflict: somebody else has changed it, or its state forbids it"),
    ("6", "the gateway can't be reached, or has a fault"),
    ("7", '"tollgate apply" stopped half-way'),
    ("130", "interrupted"),
)


class LazyGroup(TyperGroup):
    """Imports the module of a group or command when that is named, and none for the help."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.params = [*self.params, *global_parameters(hidden=False)]
        # What a misspelt command is compared with.
        self.commands: Any = dict.fromkeys(GROUPS)

    def get_params(self, ctx: Any) -> list[Any]:
        found = super().get_params(ctx)
        read_plainly(found)
        return found

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base class's signature
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the base class's signature
        if cmd_name not in GROUPS:
            return None
        module, text = GROUPS[cmd_name]
        found = typer.main.get_command(importlib.import_module(f"tollgate_cli.commands.{module}").app)
        found.name = cmd_name
        found.help = found.help or text
        return found

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the base class's signature
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the base class's signature
        with formatter.section("Exit codes"):
            formatter.write_dl(_EXIT_CODES)


app = typer.Typer(
    cls=LazyGroup,
    name="tollgate",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"tollgate {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Tollgate: an LLM gateway that enforces budgets."""


def run(arguments: Sequence[str], *, transport: httpx.BaseTransport | None = None) -> int:
    """Runs a command line; answers its exit code. `transport` stands in for the network in tests."""
    session = Session(transport=transport)
    use(session)
    return ended(lambda: app(list(arguments), prog_name="tollgate", standalone_mode=False), session)
