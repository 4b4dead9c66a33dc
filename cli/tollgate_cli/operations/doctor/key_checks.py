"""Keys that nothing bounds, and keys whose alerts reach nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from tollgate_cli.operations.doctor.check_results import Check, named, ok, warn
from tollgate_cli.output.counted import counted
from tollgate_client import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tollgate_cli.operations.doctor.check_results import Result
    from tollgate_client import AdminClient

# So that an examination of a large gateway takes seconds, too.
_MOST_KEYS = 1000
_PAGE = 100


@dataclass(slots=True)
class KeyChecks:
    """`topic_is_heard` says whether anybody is subscribed to the admins' topic; None if that isn't known."""

    admin: Callable[[], AdminClient]
    topic_is_heard: Callable[[], bool | None] = lambda: None
    most: int = _MOST_KEYS
    _read: list[Any] | None = field(default=None, init=False)

    def all(self) -> list[Check]:
        return [Check("keys", "limits", self.limits), Check("keys", "alerts", self.alerts)]

    def limits(self) -> Iterator[Result]:
        limits = {key["id"]: _has_limit(key) for key in self._keys()}
        # A key above that isn't among those that were read may have one.
        unbounded = [
            key["name"]
            for key in self._keys()
            if key["status"] == "active" and not any(limits.get(above, True) for above in key["path"])
        ]
        if unbounded:
            found = f"{counted(len(unbounded), 'key')} of {self._of} can spend any amount: {named(unbounded)}"
            meaning = "Neither they nor keys above them have a budget or quota."
            yield warn(found, meaning, "tollgate keys budget KEY --help")
        else:
            yield ok(f"{self._of}, each bounded by itself or by a key above it")

    def alerts(self) -> Iterator[Result]:
        emails = self.admin().get_defaults()["adminEmails"]
        limited = [key for key in self._keys() if key["status"] == "active" and _has_limit(key)]
        silent = [key["name"] for key in limited if not key["budgetAlertThresholds"]]
        to_topic = [
            key["name"] for key in limited if key["budgetAlertThresholds"] and _only_topic(key, emails)
        ]
        heard = self.topic_is_heard()
        if silent:
            found = f"{counted(len(silent), 'key')} of {self._of} without thresholds: {named(silent)}"
            yield warn(
                found, "Nobody is told before their calls are refused.", "tollgate keys edit KEY --help"
            )
        if to_topic and not heard:
            yield _only_topic_result(to_topic, unknown=heard is None)
        if not silent and (not to_topic or heard):
            yield ok(f"{self._of}, whose alerts reach somebody")

    def _keys(self) -> Sequence[Any]:
        """The first keys; read once."""
        if self._read is None:
            self._read = list(islice(pages(self.admin().list_keys, limit=_PAGE), self.most))
        return self._read

    @property
    def _of(self) -> str:
        number = len(self._keys())
        return f"the first {number} keys" if number == self.most else counted(number, "key")


def _has_limit(key: Any) -> bool:
    return key["budgetLimit"] is not None or key["quotaLimit"] is not None


def _only_topic(key: Any, admin_emails: Sequence[str]) -> bool:
    """Whether its alerts reach the admins' topic alone: to admins goes what an owner isn't there for."""
    recipients = {who for threshold in key["budgetAlertThresholds"] for who in threshold["notify"]}
    by_mail = recipients - {"owner", "admin"} or ("owner" in recipients and key["ownerEmail"])
    return not by_mail and not admin_emails


def _only_topic_result(keys: list[str], *, unknown: bool) -> Result:
    found = f"{counted(len(keys), 'key')} without an owner, and no admin's address: {named(keys)}"
    if unknown:
        meaning = "Their alerts go to the admins' topic only; --stack says whether anybody hears it."
        return warn(found, meaning, "tollgate doctor --stack NAME")
    meaning = "Their alerts go to the admins' topic only, which nobody hears."
    return warn(found, meaning, "tollgate keys edit KEY --owner owner@example.com")
