"""The token, settings, models, providers and alerts of a gateway, by what its admin API says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tollgate_cli.operations.catalog import price_doubts
from tollgate_cli.operations.catalog.price_doubts import Doubt
from tollgate_cli.operations.doctor.check_results import Check, fail, named, not_checked, ok, warn
from tollgate_cli.output.counted import counted
from tollgate_client import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tollgate_cli.operations.doctor.check_results import Result
    from tollgate_client import AdminClient

# The stack's own token's, in place of a named admin's id.
_STACKS_OWN = "admin"
_SOON = timedelta(days=14)
_LATELY = timedelta(days=7)
_ALERTS = 200
_PAGE = 100
_MEANINGS = {
    Doubt.MISSING: "Their calls are refused, or cost nothing.",
    Doubt.ENDED: "What is charged differs from what the vendor bills.",
    Doubt.CHANGED: "What is charged may differ from what the vendor bills.",
    Doubt.STALE: "Vendors may have changed them since.",
}
_FOUND = {
    Doubt.MISSING: "without a price",
    Doubt.ENDED: "with a price that has ended",
    Doubt.CHANGED: "with other prices than the gateway's catalog",
    Doubt.STALE: f"with prices that were read more than {price_doubts.DAYS} days ago",
}


@dataclass(frozen=True, slots=True)
class ApiChecks:
    """`admin` is asked for when it is needed, so that each check can say that there is no token.

    `probes`: providers are asked, too.
    """

    admin: Callable[[], AdminClient]
    probes: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def all(self) -> list[Check]:
        return [
            Check("gateway", "token", self.token),
            Check("catalog", "models", self.models),
            Check("catalog", "prices", self.prices),
            Check("catalog", "providers", self.providers),
            Check("alerts", "deliveries", self.deliveries),
            Check("keys", "defaults", self.defaults),
        ]

    def token(self) -> Iterator[Result]:
        me = self.admin().get_me()
        who = f"{me['name']}, {me['role']}"
        if me["id"] == _STACKS_OWN:
            meaning = "The audit can't tell who used it, and it can't be revoked for one person."
            yield warn(
                f"it is the stack's own ({me['role']})",
                meaning,
                "tollgate admins create --name NAME --role operator",
            )
            return
        if me["expiresAt"] is None:
            yield ok(f"{who}; doesn't expire")
            return
        ends = datetime.fromisoformat(me["expiresAt"])
        if ends - self.now() < _SOON and not me["id"].startswith("oidc:"):
            yield warn(
                f"{who}; expires on {ends:%Y-%m-%d}", "It is refused from then on.", "tollgate admins list"
            )
        else:
            yield ok(f"{who}; valid until {ends:%Y-%m-%d %H:%M} UTC")

    def defaults(self) -> Iterator[Result]:
        settings = self.admin().get_settings()
        sound = True
        if settings["defaultMonthlyQuota"]["value"] is None:
            sound = False
            meaning = "Who is given such a key can spend any amount."
            yield warn(
                "keys without a parent are created without a limit",
                meaning,
                "tollgate settings set --default-monthly-quota 100",
            )
        if settings["defaultMaxParallel"]["value"] is None:
            sound = False
            meaning = "One key can take all of the account's concurrency, and so stop the others."
            yield warn(
                "keys are created without a bound of parallel calls",
                meaning,
                "tollgate settings set --default-max-parallel 100",
            )
        if sound:
            yield ok("new keys are bounded in money and in parallel calls")

    def models(self) -> Iterator[Result]:
        providers = list(pages(self.admin().list_providers, limit=_PAGE))
        if not providers:
            yield fail("there is no provider", "Every call is refused.", "tollgate providers create --help")
        elif not (models := self.admin().list_models(limit=_PAGE))["data"]:
            command = f"tollgate catalog load {providers[0]['id']}"
            yield fail("there is no model", "Every call is refused.", command)
        else:
            more = " or more" if models["nextCursor"] else ""
            number = counted(len(models["data"]), "model")
            yield ok(f"{number}{more} of {counted(len(providers), 'provider')}")

    def prices(self) -> Iterator[Result]:
        checked = price_doubts.of_gateway(self.admin(), self.now().date())
        by_doubt: dict[Doubt, list[str]] = defaultdict(list)
        for each in checked.doubts:
            if each.model not in by_doubt[each.doubt]:
                by_doubt[each.doubt].append(each.model)
        for doubt in Doubt:
            if models := by_doubt.get(doubt):
                found = f"{counted(len(models), 'model')} {_FOUND[doubt]}: {named(models)}"
                bad = fail if doubt is Doubt.MISSING else warn
                yield bad(found, _MEANINGS[doubt], "tollgate catalog check")
        if not checked.doubts:
            yield ok(f"{counted(checked.models, 'model')} with current prices")

    def providers(self) -> Iterator[Result]:
        if not self.probes:
            yield not_checked("providers are asked only if wanted", "tollgate doctor --probe")
            return
        for provider in pages(self.admin().list_providers, limit=_PAGE):
            answer: Any = self.admin().check_provider(provider["id"])
            if answer["ok"]:
                yield ok(f"{provider['name']} takes the gateway's key")
            else:
                yield fail(
                    f"{provider['name']}: {answer['message']}",
                    "Calls of its models fail, or go to other targets.",
                    f"tollgate providers edit {provider['id']} --help",
                )

    def deliveries(self) -> Iterator[Result]:
        since = self.now() - _LATELY
        alerts: list[Any] = self.admin().list_alerts(limit=_ALERTS)["data"]
        recent = [each for each in alerts if datetime.fromisoformat(each["createdAt"]) >= since]
        deliveries = [each for alert in recent for each in alert["deliveries"]]
        given_up = [each for each in deliveries if each["state"] == "failed"]
        retried = [each for each in deliveries if each["state"] == "pending" and each["error"]]
        command = "tollgate alerts list"
        if given_up:
            found = f"{counted(len(given_up), 'message')} given up in a week: {given_up[0]['error']}"
            yield fail(found, "Owners or admins weren't told.", command)
        if retried:
            found = f"{counted(len(retried), 'message')} failed so far: {retried[0]['error']}"
            yield warn(found, "They are tried again for three days.", command)
        if not given_up and not retried:
            yield ok(f"of {counted(len(recent), 'alert')} in a week no delivery failed")
