"""A key for one run: below the holder's key, or made by an administrator, with an end of its own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from tollgate_cli.output.failures import CommandError, ExitCode
from tollgate_cli.output.moments import moment
from tollgate_cli.programs.run_spending import AdminAccount, HolderAccount
from tollgate_client import ApiError, Forbidden, TollgateError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate_cli.programs.run_spending import Account
    from tollgate_client import AdminClient, Client
    from tollgate_client.types import ChildCreation, KeyCreation

_NOT_ALLOWED: Final = "key_management_not_allowed"


class KeyKeeper(Protocol):
    """Both clients' way with a key: an administrator's, and that of a key above it."""

    @property
    def create_key(self) -> Callable[[Any], Any]: ...
    @property
    def get_key(self) -> Callable[[str], Any]: ...
    @property
    def set_budget(self) -> Callable[[str, Any], Any]: ...
    @property
    def revoke_key(self) -> Callable[[str], Any]: ...
    @property
    def delete_key(self) -> Callable[[str], Any]: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run's key may do. `budget` is in USD, None for no limit of its own."""

    name: str
    budget: str | None
    expires_at: str
    is_hard: bool
    refusal_status: int | None

    def body(self) -> dict[str, Any]:
        optional = {
            "budgetLimit": self.budget,
            "enforcement": "hard" if self.is_hard else None,
            "budgetRefusalStatus": self.refusal_status,
        }
        given = {name: value for name, value in optional.items() if value is not None}
        return {"name": self.name, "expiresAt": self.expires_at, **given}


@dataclass(frozen=True, repr=False)
class RunKey:
    """A key that was made for a run, and whoever may end it."""

    id: str
    secret: str
    expires_at: str
    parent_id: str | None
    keeper: KeyKeeper
    account: Account
    revoking_command: str
    """What a person would type."""

    def revoke(self) -> None:
        """Refuses it from now on. Raises `TollgateError`."""
        self.keeper.revoke_key(self.id)

    def tidy(self) -> str | None:
        """What became of it: a revoked key is deleted if it was never used; None for one that isn't revoked.

        What a used one has left of its budget goes back to a parent whose limits its children share.
        Raises `TollgateError`.
        """
        key = self.keeper.get_key(self.id)
        if key["status"] != "revoked":
            return None
        if key["lastUsedAt"] is None and not key["requestsOpen"]:
            self.keeper.delete_key(self.id)
            return "deleted, for it was never used"
        if key["budgetLimit"] is not None and self.parent_id is not None and not key["requestsOpen"]:
            parent = self.keeper.get_key(self.parent_id)
            if not parent["overcommit"]:
                used = min(key["budgetUsed"], key["budgetLimit"], key=Decimal)
                self.keeper.set_budget(self.id, {"budgetLimit": used})
        return "revoked"


def below(client: Client, own_id: str, terms: Terms, *, is_end_chosen: bool) -> RunKey:
    """A key below the holder's own; one whose end nobody chose ends with that key, if not sooner.

    Raises `CommandError` if the holder may create none.
    """
    body = terms.body()
    own = client.get_key(own_id)
    if own["expiresAt"] is not None and not is_end_chosen:
        body["expiresAt"] = min(own["expiresAt"], terms.expires_at)
    try:
        made = client.create_key(cast("ChildCreation", body))
    except Forbidden as error:
        if error.code != _NOT_ALLOWED:
            raise
        raise CommandError(
            f"Your key, {own_id}, may not create keys.",
            ExitCode.NOT_SIGNED_IN,
            [
                f"An administrator allows it by: tollgate keys edit {own_id} --manage-children",
                "Without --budget, --hard and --for the program gets your own key.",
            ],
        ) from error
    except Unreachable as error:
        raise _maybe_made(error, body) from error
    account = HolderAccount(client, made["id"])
    return _run_key(made, own_id, client, account, "tollgate my keys revoke")


def by_admin(admin: AdminClient, parent_id: str | None, terms: Terms) -> RunKey:
    """A key that an administrator makes, below another key or as a root."""
    body = terms.body() | ({"parentId": parent_id} if parent_id else {})
    try:
        made = admin.create_key(cast("KeyCreation", body))
    except Unreachable as error:
        raise _maybe_made(error, body) from error
    account = AdminAccount(admin, made["id"])
    return _run_key(made, parent_id, admin, account, "tollgate keys revoke")


def told(error: TollgateError) -> str:
    """A client's error as a sentence, with the request's id."""
    reference = f" (request {error.request_id})" if isinstance(error, ApiError) and error.request_id else ""
    return f"{error}{reference}"


def _run_key(made: Any, parent_id: str | None, keeper: KeyKeeper, account: Account, command: str) -> RunKey:
    revoking = f"{command} {made['id']}"
    return RunKey(made["id"], made["key"], made["expiresAt"], parent_id, keeper, account, revoking)


def _maybe_made(error: Unreachable, body: dict[str, Any]) -> CommandError:
    return CommandError(
        str(error),
        ExitCode.UNREACHABLE,
        [f'If the key "{body["name"]}" was made all the same, it expires at {moment(body["expiresAt"])}.'],
    )
