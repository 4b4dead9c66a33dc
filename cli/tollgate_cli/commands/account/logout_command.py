"""`tollgate logout`: removes what opens a gateway."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.output.failures import CommandError, NotSignedInError
from tollgate_cli.session import config_folder, profiles
from tollgate_cli.session.current import session
from tollgate_cli.session.oidc import kept_tokens
from tollgate_cli.session.profiles import Profile
from tollgate_cli.session.secret_stores import Kind

app = group()


@command(
    app, "logout", examples=["tollgate logout", "tollgate logout --profile prod", "tollgate logout --all"]
)
def logout(
    *, everywhere: Annotated[bool, typer.Option("--all", help="Sign out of all profiles.")] = False
) -> None:
    """Remove the profile's token and key from this machine.

    The profile stays, with its URL; "tollgate profiles remove" removes it too. The token itself stays valid:
    revoke it by "tollgate admins revoke" if others may have it.
    """
    known = profiles.read()
    chosen = list(known.by_name.values()) if everywhere else [_chosen(known)]
    for profile in chosen:
        _sign_out(profile)


def forget_secrets(profile: Profile) -> Profile:
    """The profile without its secrets, which are removed. The folder is locked."""
    for kind in list(profile.kept):
        profile = profile.forget(kind)
    return profile


def _chosen(known: profiles.Profiles) -> Profile:
    name = session().options.profile or known.current
    if name is None:
        raise NotSignedInError("No profile is in use. Name one by --profile.")
    return known.named(name)


def _sign_out(profile: Profile) -> None:
    if Kind.SSO in profile.kept:
        # What can't be told the issuer now lapses there by itself.
        with suppress(CommandError):
            kept_tokens.forget(profile)
    with config_folder.locked():
        known = profiles.read()
        found = known.named(profile.name)
        profiles.write(known.with_profile(forget_secrets(found), current=False))
    had = "Signed out of" if profile.kept else "You weren't signed in to"
    session().output.note(f'{had} {profile.url} (profile "{profile.name}").')
