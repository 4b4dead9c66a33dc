"""What administrators and holders do to keys alike, with what it prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tollgate_cli.commands.keys.key_sides import Side, confirmed, one_revision
from tollgate_cli.commands.keys.key_views import BRIEF, COLUMNS, FIELDS
from tollgate_cli.output.failures import CommandError, ExitCode
from tollgate_cli.output.moments import moment
from tollgate_cli.output.printer import Format
from tollgate_cli.session.current import session


def created(key: dict[str, Any]) -> None:
    """Prints a new key's secret, or says that there was such a key already."""
    output = session().output
    named = f'the key "{key["name"]}" ({key["id"]})'
    if key["key"] is None:
        output.note(f"It is there already: {named}. A secret is shown once; rotate it to get another.")
        _as_data(key)
    elif not _as_data(key):
        output.secret(key["key"], f"Created {named}. Its secret, shown this once:")


def rotate(side: Side, reference: str, body: dict[str, Any], if_match: int | None) -> None:
    """Asks, gives the key another secret and prints it."""
    (key_id,) = confirmed(side, "Replace the secret of", [reference])
    key = side.api().rotate_key(key_id, body, if_match=if_match)
    if not _as_data(key):
        until = moment(key["previousSecretsValidUntil"])
        old = f"Old ones are valid until {until}." if until else "Old ones are refused from now on."
        note = f'The key "{key["name"]}" ({key_id}) has a new secret, shown this once. {old}'
        session().output.secret(key["key"], note)


def set_budget(side: Side, reference: str, body: dict[str, Any], if_match: int | None) -> None:
    """Changes limits. Without `budgetLimit`, which `PUT` needs, a `PATCH` leaves that as it is."""
    api = side.api()
    send = api.set_budget if "budgetLimit" in body else api.update_key
    session().output.item(send(side.id_of(reference), body, if_match=if_match), BRIEF)


def update(side: Side, reference: str, body: dict[str, Any], if_match: int | None) -> None:
    """Changes settings."""
    session().output.item(side.api().update_key(side.id_of(reference), body, if_match=if_match), FIELDS)


def revoke(side: Side, references: Sequence[str], if_match: int | None) -> int:
    """Asks, and revokes each."""
    one_revision(if_match, references)
    ids = confirmed(side, "Revoke", references)
    return _each(ids, lambda key: side.api().revoke_key(key, if_match=if_match), "Revoked")


def reinstate(side: Side, references: Sequence[str], if_match: int | None) -> int:
    """Reinstates each."""
    one_revision(if_match, references)
    ids = [side.id_of(each) for each in references]
    return _each(ids, lambda key: side.api().reinstate_key(key, if_match=if_match), "Reinstated")


def delete(side: Side, references: Sequence[str], if_match: int | None) -> int:
    """Asks, and deletes each."""
    one_revision(if_match, references)
    ids = confirmed(side, "Delete", references)
    return _each(ids, lambda key: side.api().delete_key(key, if_match=if_match), "Deleted")


def _each(ids: Sequence[str], act: Callable[[str], dict[str, Any]], done: str) -> int:
    """Acts on each key. What can't be done to one of several doesn't keep the others from it."""
    output = session().output
    if len(ids) == 1:
        key = act(ids[0])
        if not _as_data(key):
            output.note(f'{done} the key "{key["name"]}" ({key["id"]}).')
        return ExitCode.DONE
    from tollgate_client import Conflict, NotFound, RevisionChanged  # noqa: PLC0415 - brings httpx along

    changed, failures = [], []
    try:
        for key_id in ids:
            try:
                changed.append(act(key_id))
            except (Conflict, NotFound, RevisionChanged) as error:
                failures.append(f"  {key_id}: {error.detail}")
    finally:
        output.rows(changed, COLUMNS, empty="")
        output.note(f"{done} {len(changed)} of {len(ids)} keys.")
    if failures:
        raise CommandError(f"{len(failures)} of {len(ids)} keys are as they were:", ExitCode.FAILED, failures)
    return ExitCode.DONE


def _as_data(key: dict[str, Any]) -> bool:
    """Prints the answer for programs, if it is asked for so."""
    output = session().output
    if output.format is Format.TABLE:
        return False
    output.item(key, FIELDS)
    return True
