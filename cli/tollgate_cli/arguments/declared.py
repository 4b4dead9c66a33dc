"""How commands and groups of them are declared: with examples, and with the global options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from tollgate_cli.arguments.global_parameters import global_parameters
from tollgate_cli.arguments.plain_values import read_plainly

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ALSO: Final = "Also: --profile, --url, --json, --csv, --yes, --quiet (see tollgate --help)."
_LONGEST_SENTENCE: Final = 300
_Body = TypeVar("_Body", bound="Callable[..., Any]")
_HELP: Final = {"help_option_names": ["--help", "-h"]}


class Command(TyperCommand):
    """A command that takes the global options at any place, and whose help ends with examples."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.params = [*self.params, *global_parameters(hidden=True)]
        self.examples: tuple[str, ...] = getattr(self.callback, "examples", ())

    def get_params(self, ctx: Any) -> list[Any]:
        found = super().get_params(ctx)
        read_plainly(found)
        return found

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        arguments = [each for each in self.get_params(ctx) if each.param_type_name == "argument"]
        return [str(self.options_metavar), *(_usage(each) for each in arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        parameters: list[Any] = self.get_params(ctx)
        arguments = [(_metavar(each), each.help) for each in parameters if each.param_type_name == "argument"]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        records = [each.get_help_record(ctx) for each in parameters if each.param_type_name == "option"]
        with formatter.section("Options"):
            formatter.write_dl([each for each in records if each is not None])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the base class's signature
        formatter.write_paragraph()
        formatter.write_text(_ALSO)
        with formatter.section("Examples" if len(self.examples) > 1 else "Example"):
            for example in self.examples:
                formatter.write(f"{' ' * formatter.current_indent}{example}\n")


class Group(TyperGroup):
    """A group whose global options may stand before its command."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.params = [*self.params, *global_parameters(hidden=True)]

    def get_params(self, ctx: Any) -> list[Any]:
        found = super().get_params(ctx)
        read_plainly(found)
        return found

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Whole first sentences: the base class cuts them to a line."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, found.get_short_help_str(limit=_LONGEST_SENTENCE))
                    for name in self.list_commands(ctx)
                    if (found := self.get_command(ctx, name)) is not None
                ]
            )


def _metavar(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _usage(argument: Any) -> str:
    text = _metavar(argument) + ("..." if argument.nargs != 1 else "")
    return text if argument.required else f"[{text}]"


def group(text: str = "") -> typer.Typer:
    """A group of commands. A group of its own in the root's help has its text there."""
    return typer.Typer(
        cls=Group,
        help=text,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
        context_settings=_HELP,
    )


def command(
    app: typer.Typer, name: str, *, examples: Sequence[str], kind: type[Command] = Command
) -> Callable[[_Body], _Body]:
    """Makes a function the group's command `name`. Its docstring is the help; `examples` are whole lines."""

    def declare(body: _Body) -> _Body:
        body.examples = tuple(examples)  # type: ignore[attr-defined]
        app.command(name, cls=kind, context_settings=_HELP)(body)
        return body

    return declare
