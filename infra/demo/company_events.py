"""What the demo company's people decide in two months, by the day: each leaves its entries in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.demo.bygone_api import BygoneApi
    from infra.demo.company import Company

ROLES = {"owner": "Head of platform", "operator": "Platform on call", "viewer": "Finance controller"}


@dataclass
class CompanyEvents:
    """`spent` is what each key comes to in the whole time, USD."""

    api: BygoneApi
    company: Company
    spent: Mapping[str, Decimal]

    def on(self, ago: int) -> None:
        """Does what was done so many days before now."""
        for day, act in _CALENDAR:
            if day == ago:
                self.api.now += timedelta(hours=1, minutes=17)
                act(self)

    def appoint_admins(self) -> None:
        for role, name in ROLES.items():
            made = self.api("POST", "/admins", {"name": name, "role": role})
            self.company.admins[role] = made["token"]
        left = self.api("POST", "/admins", {"name": "Former consultant", "role": "operator"})
        self.api("POST", f"/admins/{left['id']}/revoke")

    def set_defaults(self) -> None:
        self._by("owner", "PATCH", "/settings", {"defaultMaxParallel": 50, "rotationGraceSeconds": 86_400})
        defaults = self.api("GET", "/alerts/defaults")
        self._by(
            "owner",
            "PUT",
            "/alerts/defaults",
            {
                **defaults,
                "budgetAlertThresholds": [
                    {"percent": 80, "level": "warning", "notify": ["owner"]},
                    {"percent": 95, "level": "urgent", "notify": ["owner", "admin"]},
                    {"percent": 100, "level": "limit", "notify": ["owner", "admin"]},
                ],
                "adminEmails": ["platform-oncall@example.com"],
                "forecastDays": 5,
            },
        )

    def buy_packs(self) -> None:
        spent = self.spent["Forecasting: notebook"]
        for share, body in (
            ("0.12", {"name": "Trial", "category": "promotional", "priority": 10}),
            ("0.35", {"name": "Autumn pack", "price": "20", "priority": 100}),
        ):
            amount = str((spent * Decimal(share)).quantize(Decimal("0.01")))
            self._key("operator", "Forecasting: notebook", "POST", "/packs", {"amount": amount, **body})

    def raise_search(self) -> None:
        key = self.api("GET", f"/apiKey/{self.company.keys['Checkout team']}")
        higher = str((Decimal(key["budgetLimit"]) * Decimal("1.2")).quantize(Decimal("0.01")))
        self._key("operator", "Checkout team", "PUT", "/budget", {"budgetLimit": higher})

    def rotate_chatbot(self) -> None:
        made = self._key("operator", "support-chatbot", "POST", "/rotate", {"graceSeconds": 604_800})
        self.company.secrets["support-chatbot"] = made["key"]

    def expire_triage(self) -> None:
        until = (self.api.now + timedelta(hours=8)).isoformat()
        self._key("operator", "Mobile: crash triage", "PATCH", "", {"expiresAt": until})

    def revoke_contractor(self) -> None:
        self._key("owner", "Checkout: contractor", "POST", "/revoke")

    def rename_and_tag(self) -> None:
        tags = {"team": "Platform team", "environment": "ci", "service": "code-review"}
        self._key(
            "operator", "ci-code-review", "PATCH", "", {"tags": tags, "rpmLimit": 120, "maxParallel": 6}
        )

    def reset_voice(self) -> None:
        self._key("operator", "voice-transcripts", "POST", "/budget/reset", {"budget": True, "quota": True})

    def deny(self) -> None:
        found = self._ask("search-indexer", None, "Index the archive, too", team="Search team")
        self._by(
            "operator",
            "POST",
            f"/budget-requests/{found}/deny",
            {"reason": "The archive waits for next quarter."},
        )
        self.company.budget_requests["denied"] = found

    def approve(self) -> None:
        found = self._ask("Support desk", "1.08", "More tickets than usual before the holidays")
        self._by("operator", "POST", f"/budget-requests/{found}/approve", {"note": "Agreed with finance."})
        self.company.budget_requests["approved"] = found

    def approve_for_a_time(self) -> None:
        found = self._ask("Campaigns", "1.15", "Two weeks of the spring sale")
        until = (self.api.now + timedelta(days=12)).isoformat()
        self._by("owner", "POST", f"/budget-requests/{found}/approve", {"until": until})
        self.company.budget_requests["temporary"] = found

    def ask(self) -> None:
        reason = "The chatbot is refused since this morning; customers wait."
        self.company.budget_requests["pending"] = self._ask("support-chatbot", "1.3", reason)
        self._ask("Search: ranking experiments", "1.25", "One more round of experiments for <b>autumn</b>")

    def withdraw(self) -> None:
        found = self._ask("campaign-copywriter", "1.4", "Perhaps not needed")
        secret = self.company.secrets["campaign-copywriter"]
        self.api.now += timedelta(minutes=9)
        self.api.as_holder(secret, "POST", f"/budget-requests/{found}/withdraw")

    def _ask(self, name: str, times: str | None, reason: str, team: str | None = None) -> str:
        """A key's holder asks for `times` its limit, by default for twice the `team`'s."""
        asking = team or name
        key = self.api("GET", f"/apiKey/{self.company.keys[asking]}")
        limit = (Decimal(key["budgetLimit"]) * Decimal(times or "2")).quantize(Decimal("0.01"))
        body = {"window": "total", "limit": str(limit), "reason": reason}
        made = self.api.as_holder(self.company.secrets[asking], "POST", "/budget-requests", body)
        self.api.now += timedelta(minutes=43)
        found: str = made["id"]
        return found

    def _key(self, role: str, name: str, method: str, path: str, body: Any = None) -> Any:
        return self._by(role, method, f"/apiKey/{self.company.keys[name]}{path}", body)

    def _by(self, role: str, method: str, path: str, body: Any = None) -> Any:
        return self.api(method, path, body, token=self.company.admins[role])


# So many days before now; what there is on one day happens an hour apart.
_CALENDAR: tuple[tuple[int, Callable[[CompanyEvents], None]], ...] = (
    (59, CompanyEvents.set_defaults),
    (52, CompanyEvents.rename_and_tag),
    (45, CompanyEvents.buy_packs),
    (38, CompanyEvents.raise_search),
    (30, CompanyEvents.deny),
    (26, CompanyEvents.rotate_chatbot),
    (15, CompanyEvents.revoke_contractor),
    (12, CompanyEvents.reset_voice),
    (9, CompanyEvents.expire_triage),
    (7, CompanyEvents.approve),
    (4, CompanyEvents.approve_for_a_time),
    (2, CompanyEvents.withdraw),
    (0, CompanyEvents.ask),
)
