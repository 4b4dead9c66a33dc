"""A key as people name it: by id, by external id (`ext:search-team`) or by name (`name:Search team`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.arguments.lists import all_pages
from tollgate_cli.output.failures import CommandError, ExitCode, UsageError
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Callable

_ID: Final = re.compile(r"key_[0-9A-Za-z]{16}")
_EXTERNAL: Final = "ext:"
_NAME: Final = "name:"
_FEW: Final = 10
# For who has mistyped a name: how many keys are looked at, what is similar, and how many are named.
_LOOKED_AT: Final = 100
_SIMILAR: Final = 0.75
_FEW_SIMILAR: Final = 3


def key_id(reference: str) -> str:
    """The id of the key that an administrator names.

    An id is taken as it is. Raises `CommandError` if there is none, and `UsageError`, which lists them,
    if there are several.
    """
    if _ID.fullmatch(reference):
        return reference
    if reference.startswith(_EXTERNAL):
        return _only(reference, _by_external_id(reference.removeprefix(_EXTERNAL)), lambda: _near(reference))
    if reference.startswith(_NAME):
        return _only(reference, _by_name(reference.removeprefix(_NAME)), lambda: _near(reference))
    return _only(reference, _by_external_id(reference) or _by_name(reference), lambda: _near(reference))


def lasting_key_id(reference: str) -> str:
    """The same by what an administrator alone decides: an id, or an external id with or without `ext:`."""
    is_plain = _ID.fullmatch(reference) or reference.startswith(_EXTERNAL)
    return key_id(reference if is_plain else f"{_EXTERNAL}{reference}")


def own_key_id(reference: str) -> str:
    """The same for a key's holder, who sees keys by id and by name only: those right below theirs."""
    if _ID.fullmatch(reference):
        return reference
    name = reference.removeprefix(_NAME)
    return _only(
        reference, [key for key in all_pages(session().client.list_keys, None) if key["name"] == name]
    )


def _by_external_id(external_id: str) -> list[dict[str, Any]]:
    return list(all_pages(session().admin.list_keys, None, external_id=external_id))


def _by_name(name: str) -> list[dict[str, Any]]:
    return [key for key in all_pages(session().admin.list_keys, None, search=name) if key["name"] == name]


def _near(reference: str) -> list[str]:
    """Keys of a similar name or external id among the first hundred, or how to look for others."""
    from difflib import SequenceMatcher  # noqa: PLC0415 - rarely needed

    from tollgate_client import TollgateError  # noqa: PLC0415 - brings httpx along

    word = reference.removeprefix(_EXTERNAL).removeprefix(_NAME)
    try:
        keys = session().admin.list_keys(limit=_LOOKED_AT)["data"]
    except TollgateError:
        keys = []
    named = {f"{_NAME}{key['name']}": key["name"] for key in keys}
    named |= {f"{_EXTERNAL}{key['externalId']}": key["externalId"] for key in keys if key["externalId"]}
    likeness = {each: SequenceMatcher(None, word.casefold(), name.casefold()) for each, name in named.items()}
    similar = [each for each, match in likeness.items() if match.ratio() >= _SIMILAR]
    if not similar:
        return ['Look for it by "tollgate keys list --search TEXT".']
    similar.sort(key=lambda each: -likeness[each].ratio())
    return ["Similar: " + ", ".join(f'"{each}"' for each in similar[:_FEW_SIMILAR])]


def _only(reference: str, found: list[dict[str, Any]], advice: Callable[[], list[str]] = list) -> str:
    if not found:
        raise CommandError(f'The key "{reference}" was not found.', ExitCode.NOT_FOUND, advice())
    if len(found) > 1:
        lines = [f"  {key['id']}  {key['name']}" for key in found[:_FEW]]
        more = [f"  and {len(found) - _FEW} more"] if len(found) > _FEW else []
        raise UsageError(
            f'"{reference}" is the name of {len(found)} keys. Name one by its id:', [*lines, *more]
        )
    identifier: str = found[0]["id"]
    return identifier
