"""Profiles: gateways by name, and which of their secrets are kept where."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.output.failures import CommandError, ExitCode, UsageError
from tollgate_cli.session import config_folder
from tollgate_cli.session.secret_stores import Kind, StoreName, store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT: Final = "default"
LOCAL: Final = "local"
"""The local stack of the folder: no profile can have its name."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Issuer:
    """At whom one signs in: an OpenID Connect issuer, and Tollgate's client there."""

    url: str
    client_id: str
    scopes: str


@dataclass(frozen=True)
class Profile:
    """A gateway, and which secrets of it are in which store."""

    name: str
    url: str
    kept: Mapping[Kind, StoreName]
    issuer: Issuer | None = None

    def secret(self, kind: Kind) -> str | None:
        """Raises `CommandError` if the store fails."""
        place = self.kept.get(kind)
        return None if place is None else store(place).get(self._secret_name(kind))

    def keep(self, kind: Kind, secret: str, place: StoreName) -> Profile:
        """The profile with one more secret, which is stored. The folder is locked."""
        before = self.kept.get(kind)
        store(place).put(self._secret_name(kind), secret)
        if before not in {None, place}:
            store(before).remove(self._secret_name(kind))
        return replace(self, kept={**self.kept, kind: place})

    def forget(self, kind: Kind) -> Profile:
        """The profile without a secret, which is removed. The folder is locked."""
        place = self.kept.get(kind)
        if place is None:
            return self
        store(place).remove(self._secret_name(kind))
        return replace(self, kept={each: at for each, at in self.kept.items() if each is not kind})

    def _secret_name(self, kind: Kind) -> str:
        """With the URL, so that no secret goes to another gateway by a changed file."""
        return f"{self.name} {kind} {self.url}"


@dataclass(frozen=True)
class Profiles:
    """All of them, and which is used if none is named."""

    current: str | None
    by_name: Mapping[str, Profile]

    def named(self, name: str) -> Profile:
        """Raises `CommandError` (4) if there is no such profile."""
        if name not in self.by_name:
            known = ", ".join(sorted(self.by_name)) or "none"
            raise CommandError(f'There is no profile "{name}". Known: {known}.', ExitCode.NOT_FOUND)
        return self.by_name[name]

    def with_profile(self, profile: Profile, *, current: bool) -> Profiles:
        by_name = {**self.by_name, profile.name: profile}
        return Profiles(profile.name if current else self.current, by_name)

    def without(self, name: str) -> Profiles:
        left = {each: profile for each, profile in self.by_name.items() if each != name}
        return Profiles(None if self.current == name else self.current, left)


def read() -> Profiles:
    """Raises `UsageError` if the file can't be used."""
    found = config_folder.read(_path(), secret=False)
    try:
        by_name = {name: _profile(name, content) for name, content in found.get("profiles", {}).items()}
        current = found.get("current")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise config_folder.corrupt(_path()) from error
    return Profiles(current if current in by_name else None, by_name)


def write(profiles: Profiles) -> None:
    """The folder is locked."""
    content = {name: _content(profile) for name, profile in profiles.by_name.items()}
    config_folder.write(_path(), {"version": 1, "current": profiles.current, "profiles": content})


def checked_name(name: str) -> str:
    """Raises `UsageError` for a name that no profile can have."""
    if not _NAME.fullmatch(name) or name == LOCAL:
        rule = "letters, digits, dots, dashes and underscores, 64 at most"
        raise UsageError(f'A profile can\'t be called "{name}": {rule}, and not "{LOCAL}".')
    return name


def _path() -> Path:
    return config_folder.folder() / "profiles.json"


def _profile(name: str, content: dict[str, Any]) -> Profile:
    kept = {Kind(kind): StoreName(place) for kind, place in content["secrets"].items()}
    issuer = content.get("issuer")
    found = Issuer(str(issuer["url"]), str(issuer["clientId"]), str(issuer["scopes"])) if issuer else None
    return Profile(name, str(content["url"]), kept, found)


def _content(profile: Profile) -> dict[str, Any]:
    issuer = profile.issuer
    return {
        "url": profile.url,
        "secrets": dict(profile.kept),
        **(
            {"issuer": {"url": issuer.url, "clientId": issuer.client_id, "scopes": issuer.scopes}}
            if issuer
            else {}
        ),
    }
