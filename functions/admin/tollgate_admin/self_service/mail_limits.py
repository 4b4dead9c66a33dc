"""Whom a key's holder may have mails sent to: no strangers, and not in floods.

Mails come from the deployment's own address, so that whoever could choose where they go could abuse it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.ledger.thresholds import Recipient
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.keys.key_defaults import KeyDefaults
    from tollgate.ledger.scopes import Scope
    from tollgate_admin.keys.schemas import BudgetEdit, ChildBody

# Whoever asks gets an address here: such a domain says nothing of who somebody is.
PUBLIC_DOMAINS = frozenset(
    {
        "126.com", "163.com", "aol.com", "fastmail.com", "gmail.com", "gmx.at", "gmx.ch", "gmx.com",
        "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "live.com", "mac.com",
        "mail.com", "mail.ru", "me.com", "msn.com", "naver.com", "outlook.com", "pm.me",
        "proton.me", "protonmail.com", "qq.com", "t-online.de", "web.de", "yahoo.co.jp",
        "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.com", "yandex.ru", "zoho.com",
    }
)  # fmt: skip


def require_known(
    defaults: KeyDefaults, acting: Scope, body: ChildBody | BudgetEdit, child: Scope | None = None
) -> None:
    """Raises `ProblemError` if a body names addresses of strangers, or a debounce that is too short.

    Known are those of the domain of the acting key's owner, of domains that admins have allowed, and those
    that the `child`, which is to be edited, has already.
    """
    known = _KnownAddresses(acting, frozenset(defaults.self_service_mail_domains), child)
    for field, address in _addresses(body):
        if not known.covers(address):
            raise problems.invalid(field, known.refusal(address))
    _require_patience(body, defaults.self_service_min_debounce_seconds, child)


class _KnownAddresses:
    def __init__(self, acting: Scope, allowed: frozenset[str], child: Scope | None) -> None:
        owner = acting.owner_email
        self._addresses = {_folded(each) for each in (owner, *_addresses_of(child)) if each is not None}
        own = set() if owner is None else {_domain(owner)} - PUBLIC_DOMAINS
        self._domains = own | allowed

    def covers(self, address: str) -> bool:
        return _folded(address) in self._addresses or _domain(address) in self._domains

    def refusal(self, address: str) -> str:
        domains = ", ".join(sorted(self._domains)) or "none"
        return f"contains {address}, but keys may only send mail to addresses in these domains: {domains}"


def _require_patience(body: ChildBody | BudgetEdit, minimum: int, child: Scope | None) -> None:
    wanted = getattr(body, "alert_debounce_seconds", None)
    present = None if child is None else child.alert_debounce_seconds
    if wanted is not None and wanted < minimum and wanted != present:
        raise problems.invalid("alertDebounceSeconds", f"must be at least {minimum} for a key's own choice")


def _addresses(body: ChildBody | BudgetEdit) -> Iterator[tuple[str, str]]:
    if body.owner_email is not None:
        yield "ownerEmail", body.owner_email
    for threshold in body.budget_alert_thresholds or ():
        for who in threshold.notify:
            if who not in set(Recipient):
                yield "budgetAlertThresholds", who


def _addresses_of(child: Scope | None) -> Iterator[str | None]:
    if child is not None:
        yield child.owner_email
        for threshold in child.thresholds or ():
            yield from (who for who in threshold.notify if who not in set(Recipient))


def _domain(address: str) -> str:
    return _folded(address).rpartition("@")[2]


def _folded(address: str) -> str:
    """Mail systems tell no upper case from lower, whatever they may."""
    return address.lower()
