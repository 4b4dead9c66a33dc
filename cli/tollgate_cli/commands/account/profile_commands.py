"""`tollgate profiles`: the gateways that one has signed in to."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.global_parameters import profile_names
from tollgate_cli.commands.account.logout_command import forget_secrets
from tollgate_cli.output.failures import UsageError
from tollgate_cli.output.printer import Column
from tollgate_cli.session import config_folder, profiles
from tollgate_cli.session.current import session
from tollgate_cli.session.profiles import Profile, Profiles

app = group()

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The profile's name.", autocompletion=profile_names)
]
_FIELDS = [
    Column("Profile", "name"),
    Column("URL", "url", wide=True),
    Column("Secrets", lambda row: ", ".join(f"{kind} ({place})" for kind, place in row["secrets"].items())),
    Column("In use", lambda row: "yes" if row["current"] else None),
    Column("Issuer", "issuer"),
]
_COLUMNS = _FIELDS[:4]


@command(app, "list", examples=["tollgate profiles list"])
def list_profiles() -> None:
    """List the profiles, and which one is used if none is named."""
    known = profiles.read()
    rows = [_row(known, profile) for _, profile in sorted(known.by_name.items())]
    session().output.rows(rows, _COLUMNS, empty='No profiles. Sign in by "tollgate login".')


@command(app, "show", examples=["tollgate profiles show", "tollgate profiles show prod --json"])
def show(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="The one in use if left out.", autocompletion=profile_names),
    ] = None,
) -> None:
    """Show a profile. Secrets aren't shown; see "tollgate auth print-token"."""
    known = profiles.read()
    chosen = name or session().options.profile or known.current
    if chosen is None:
        raise UsageError("No profile is in use; name one.")
    session().output.item(_row(known, known.named(chosen)), _FIELDS)


@command(app, "use", examples=["tollgate profiles use prod"])
def use(name: Name) -> None:
    """Use a profile where none is named."""
    with config_folder.locked():
        known = profiles.read()
        known.named(name)
        profiles.write(replace(known, current=name))
    session().output.note(f'The profile "{name}" is in use.')


@command(app, "remove", examples=["tollgate profiles remove old --yes"])
def remove(name: Name) -> None:
    """Remove a profile and its secrets from this machine."""
    found = profiles.read().named(name)
    session().output.confirm(f'Remove the profile "{name}" of {found.url}, with its secrets?', [name])
    with config_folder.locked():
        known = profiles.read()
        forget_secrets(known.named(name))
        profiles.write(known.without(name))
    session().output.note(f'The profile "{name}" is removed.')


def _row(known: Profiles, profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "url": profile.url,
        "secrets": {str(kind): str(place) for kind, place in profile.kept.items()},
        "current": profile.name == known.current,
        "issuer": profile.issuer.url if profile.issuer else None,
    }
