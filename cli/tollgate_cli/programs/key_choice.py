"""Which key a run gets: the holder's own, or one that is made for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate_cli.output.failures import CommandError, ExitCode
from tollgate_cli.programs import run_keys
from tollgate_cli.programs.run_spending import HolderAccount, Standing
from tollgate_cli.programs.runs import UsedKey

if TYPE_CHECKING:
    from tollgate_cli.programs.run_keys import RunKey, Terms
    from tollgate_cli.session.current import Session


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """What was asked for. Without `terms` the run gets the holder's own key."""

    terms: Terms | None
    is_end_chosen: bool = False
    parent_id: str | None = None
    """An administrator makes the key, below this one."""

    def opened(self, session: Session, first_day: str) -> UsedKey:
        """The key, as it stands before the run. Raises `CommandError` or `TollgateError`."""
        if self.terms is not None:
            made = self.made(self.terms, session)
            return UsedKey(made.secret, made.account, Standing(), made)
        secret = own_secret(session)
        account = HolderAccount(session.client, session.client.usage()["keyId"])
        return UsedKey(secret, account, account.of(first_day))

    def made(self, terms: Terms, session: Session) -> RunKey:
        """A new key below the holder's; an administrator makes it if there is none, or a parent is named.

        Raises as `opened`.
        """
        if session.target.api_key() is None or self.parent_id is not None:
            return run_keys.by_admin(session.admin, self.parent_id, terms)
        own_id = session.client.usage()["keyId"]
        return run_keys.below(session.client, own_id, terms, is_end_chosen=self.is_end_chosen)


def own_secret(session: Session) -> str:
    """The holder's own key. Raises `CommandError` if there is none."""
    secret = session.target.api_key()
    if secret is not None:
        return secret
    details = ['Sign in with a key by "tollgate login", or set TOLLGATE_API_KEY.']
    if session.target.admin_token() is not None:
        details.insert(0, "With --budget or --for a key is made by the administrator's token.")
    raise CommandError("There is no key to make calls with.", ExitCode.NOT_SIGNED_IN, details)
