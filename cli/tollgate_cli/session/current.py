"""The session of the command that runs."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tollgate_cli.output.failures import NotSignedInError, UsageError
from tollgate_cli.output.printer import Format, Output
from tollgate_cli.session.global_options import GlobalOptions
from tollgate_cli.session.profiles import LOCAL
from tollgate_cli.session.targets import Target, chosen_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from tollgate_client import AdminClient, Client


@dataclass
class Session:
    """What a command works with. Nothing is looked up before it is asked for.

    `transport` stands in for the network in tests.
    """

    options: GlobalOptions = field(default_factory=GlobalOptions)
    transport: httpx.BaseTransport | None = None
    option_of_field: dict[str, str] = field(default_factory=dict)
    """The option that set each of the body's fields, for errors that name the field."""

    @cached_property
    def output(self) -> Output:
        if self.options.json and self.options.csv:
            raise UsageError("--json and --csv exclude each other.")
        chosen = Format.JSON if self.options.json else Format.CSV if self.options.csv else Format.TABLE
        return Output(
            chosen,
            quiet=self.options.quiet,
            colour_wanted=not self.options.no_color,
            assume_yes=self.options.yes,
        )

    @cached_property
    def target(self) -> Target:
        """The gateway, and how to get in. Raises `NotSignedInError` if none is known."""
        return chosen_target(self.options)

    @property
    def profile(self) -> str | None:
        """The name of the profile that is used, if one is."""
        return self.target.profile_name

    @cached_property
    def admin(self) -> AdminClient:
        """The admin API. Raises `NotSignedInError`, which says how to sign in, if there is no token."""
        from tollgate_client import AdminClient  # noqa: PLC0415 - brings httpx along

        token = self.target.admin_token()
        if token is None:
            raise self._nothing_for("the admin API", "token", "TOLLGATE_TOKEN", self._with_a_key())
        return AdminClient(f"{self.target.url}/api/admin", token, transport=self.transport)

    @cached_property
    def client(self) -> Client:
        """A holder's API. Raises `NotSignedInError`, which says how to sign in, if there is none."""
        from tollgate_client import Client  # noqa: PLC0415 - brings httpx along

        key = self.target.api_key()
        if key is None:
            raise self._nothing_for("what a key's holder may ask", "key", "TOLLGATE_API_KEY")
        return Client(f"{self.target.url}/v1", key, transport=self.transport)

    @property
    def sign_in_again(self) -> tuple[str, str] | None:
        """Whose token the admin API was asked with, and how to get another; None if it wasn't asked."""
        if "admin" not in self.__dict__:
            return None
        if self.target.given_admin_token and self.profile is None:
            return "the token of TOLLGATE_TOKEN", 'Set another one, or sign in by "tollgate login".'
        if self.target.given_admin_token and self.profile != LOCAL:
            return "the token of TOLLGATE_TOKEN", "Set another one, or unset it to use the profile's."
        if self.profile == LOCAL:
            return "the local stack's token", 'Is it another stack that runs? Start this one by "make local".'
        return f'the token of the profile "{self.profile}"', f'Sign in by "{self._login}".'

    def _with_a_key(self) -> list[str]:
        """What a developer who has nothing but a key looks for."""
        if self.target.api_key() is None:
            return []
        return ['With your key: "tollgate usage", and what "tollgate my --help" lists.']

    def _nothing_for(
        self, what: str, secret: str, variable: str, more: Sequence[str] = ()
    ) -> NotSignedInError:
        at = self.target.url
        way = f'Sign in by "{self._login}", or set {variable}.'
        return NotSignedInError(f"You have no {secret} for {what} at {at}.", [way, *more])

    @property
    def _login(self) -> str:
        return f"tollgate login --profile {self.profile}" if self.profile else "tollgate login"

    def close(self) -> None:
        """Ends the connections of the clients that were used."""
        for name in ("admin", "client"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()


_current: ContextVar[Session] = ContextVar("session")


def session() -> Session:
    """That of the command that runs."""
    return _current.get()


def use(chosen: Session) -> None:
    """For the program's start, and for tests."""
    _current.set(chosen)
