"""Writing a configuration as YAML that `yaml_text` reads as the same, and people like to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from tollgate_cli.configuration.canonical import Digits
from tollgate_cli.configuration.files import yaml_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH: Final = 100
_SHORT: Final = 60


def written(document: Mapping[str, Any], comments: tuple[str, ...] = ()) -> str:
    """The document with a line of comment for each of `comments` at its top."""
    head = "".join(f"# {each}\n" for each in comments)
    parts = [fields({name: section}) for name, section in document.items()]
    # Version and label belong together, each section stands apart.
    return head + "".join(parts[:2]) + "".join(f"\n{each}" for each in parts[2:])


def fields(named: Mapping[str, Any]) -> str:
    """Fields one below the other, in the order of `named`."""
    text: str = yaml.dump(dict(named), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes text that this reader or another would take for something else."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - as there
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - as there
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # PyYAML quotes what YAML 1.1 takes for something else; YAML 1.2 knows more numbers (1e3).
    quoted = yaml_text.is_not_text(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if quoted else None)


def _sequence(dumper: yaml.SafeDumper, values: list[Any]) -> yaml.Node:
    """Short lists of plain values on one line."""
    is_plain = all(not isinstance(each, list | dict) for each in values)
    return dumper.represent_sequence(
        "tag:yaml.org,2002:seq", values, flow_style=is_plain and len(str(values)) <= _SHORT
    )


def _digits(dumper: yaml.SafeDumper, number: Digits) -> yaml.Node:
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in number else 'int'}", str(number))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Digits, _digits)
_Dumper.add_representer(list, _sequence)
