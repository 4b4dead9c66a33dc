"""A key's fields as YAML in an editor: what was changed there is sent on the revision that was shown."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tollgate_cli.arguments.body_options import Field
from tollgate_cli.arguments.key_fields import BUDGET
from tollgate_cli.commands.keys.key_sides import Side
from tollgate_cli.commands.keys.key_views import FIELDS
from tollgate_cli.configuration.files import yaml_text, yaml_writing
from tollgate_cli.configuration.files.places import FaultyError
from tollgate_cli.output.failures import CommandError, UsageError
from tollgate_cli.output.shown_text import escaped
from tollgate_cli.session.current import session

_EDITORS: Final = ("VISUAL", "EDITOR")
_LIMIT: Final = "budgetLimit"
_HEAD: Final = """\
# The key "{name}" ({id}), revision {revision}.
# Change what you want to change, save, and close the editor. Lines that you leave as they are, and lines
# that you delete, change nothing; null removes what can be absent. Change nothing to leave it at that.
"""
_INHERITED: Final = {"budgetAlertThresholds": "budgetAlertThresholdsInherited",
                     "alertDebounceSeconds": "alertDebounceSecondsInherited"}  # fmt: skip


def edit_in_editor(side: Side, reference: str, fields: Sequence[Field]) -> None:
    """Shows the fields, waits for the editor, and sends what was changed.

    If that isn't taken, the text stays in a file, which the error names.
    """
    key = side.api().get_key(side.id_of(reference))
    before = {"name": key["name"], _LIMIT: lasting(key, "total")} | {
        each.name: _present(key, each.name) for each in fields if each.name in key
    }
    head = _HEAD.format_map({"name": escaped(key["name"]), "id": key["id"], "revision": key["revision"]})
    path = _draft(key["id"], head + yaml_writing.fields(before))
    kept = True
    try:
        _run_editor(path)
        changes = _changes(before, path)
        if not changes:
            session().output.note("Nothing was changed.")
        else:
            _send(side, key, changes)
        kept = False
    except (Exception, KeyboardInterrupt) as error:
        _say_where(error, path)
        raise
    finally:
        if not kept:
            # With what editors leave beside it.
            shutil.rmtree(path.parent, ignore_errors=True)


def lasting(key: dict[str, Any], window: str) -> str | None:
    """A limit as it is without a raise."""
    raised: dict[str, str | None] = {each["window"]: each["fallsBackTo"] for each in key["temporaryLimits"]}
    return raised.get(window, key[_LIMIT] if window == "total" else key["quotaLimit"])


def _present(key: dict[str, Any], name: str) -> Any:
    """What the key itself has: null for what it has from elsewhere."""
    if name == "quotaLimit" and key["quotaPeriod"] is not None:
        return lasting(key, key["quotaPeriod"])
    return None if key.get(_INHERITED.get(name, "")) else key[name]


def _draft(key_id: str, text: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix="tollgate-")) / f"{key_id}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _run_editor(path: Path) -> None:
    chosen = next((os.environ[name] for name in _EDITORS if os.environ.get(name)), "vi")
    try:
        with _ctrl_c_for_the_editor():
            ended = subprocess.run([*shlex.split(chosen), str(path)], check=False)
    except (OSError, ValueError) as error:
        raise UsageError(f'The editor "{chosen}" can\'t be started. Set EDITOR to one that can.') from error
    if ended.returncode:
        raise CommandError(f'The editor "{chosen}" ended with {ended.returncode}; nothing was sent.')


@contextmanager
def _ctrl_c_for_the_editor() -> Iterator[None]:
    """The editor has a use for it; it must not end the command, and with it the editor and its text."""
    # A handler, for the editor would ignore what is ignored here.
    before = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _changes(before: dict[str, Any], path: Path) -> dict[str, Any]:
    after = _fields(path.read_bytes(), path.name)
    unknown = [name for name in after if name not in before]
    if unknown:
        raise UsageError(f"There is no field {unknown[0]} that could be changed here.")
    # As it is read back, so that what was left alone is the same in any spelling.
    shown = _fields(yaml_writing.fields(before).encode(), path.name)
    return {name: value for name, value in after.items() if value != shown[name]}


def _fields(content: bytes, name: str) -> dict[str, Any]:
    """Numbers that aren't whole are text with all of their digits. Raises `UsageError`."""
    if all(line.strip() == b"" or line.startswith(b"#") for line in content.splitlines()):
        return {}
    try:
        found, _ = yaml_text.read(content, name)
    except FaultyError as error:
        raise UsageError(
            "What you have written can't be taken:", [str(each) for each in error.faults]
        ) from None
    if not isinstance(found, dict):
        raise UsageError("What you have written isn't fields with their values.")
    fields: dict[str, Any] = _with_digits(found)
    return fields


def _with_digits(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_digits(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_digits(each) for each in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


def _send(side: Side, key: dict[str, Any], changes: dict[str, Any]) -> None:
    """By one request where one can do it. The budget's limit alone has a route of its own."""
    api, revision = side.api(), key["revision"]
    budget_fields = {each.name for each in BUDGET}
    if _LIMIT in changes and changes.keys() <= budget_fields:
        answer = api.set_budget(key["id"], changes, if_match=revision)
    elif _LIMIT in changes:
        others = {name: value for name, value in changes.items() if name != _LIMIT}
        changed = api.update_key(key["id"], others, if_match=revision)
        session().output.note(f"Changed {', '.join(others)}.")
        answer = api.set_budget(key["id"], {_LIMIT: changes[_LIMIT]}, if_match=changed["revision"])
    else:
        answer = api.update_key(key["id"], changes, if_match=revision)
    session().output.item(answer, FIELDS)


def _say_where(error: BaseException, path: Path) -> None:
    from tollgate_client import RevisionChanged  # noqa: PLC0415 - brings httpx along

    if isinstance(error, RevisionChanged):
        session().output.complaint("Somebody else has changed the key since you were shown it.")
    session().output.complaint(f"What you have written is in {path}.")
