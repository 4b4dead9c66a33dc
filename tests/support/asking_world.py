"""Keys that ask for higher limits, and those who decide, over real tables; time stands still unless moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.admin_client import Admin
from tests.support.key_client import KeyClient
from tollgate.clock import utc_now
from tollgate_admin import composition
from tollgate_admin.budget_requests import asking, deciding, schemas
from tollgate_admin.budget_requests.schemas import Approval
from tollgate_admin.keys import commands
from tollgate_admin.keys.commands import existing
from tollgate_admin.keys.schemas import BudgetEdit
from tollgate_admin.web.access import Actor
from tollgate_admin.web.change_requests import ChangeRequest

if TYPE_CHECKING:
    from tests.support.admin_client import Answer
    from tollgate.budget_requests.budget_requests import BudgetRequest
    from tollgate.ledger.scopes import Scope
    from tollgate_admin.composition import Services

BOSS, LEAD, ANN = "boss@example.com", "lead@example.com", "ann@example.com"


@dataclass(frozen=True)
class Decider:
    """What routes do once they know who asks: those return the request, or raise `ProblemError`."""

    asking: Asking
    services: Services

    def change(self, by: str = "admin") -> ChangeRequest:
        return ChangeRequest(Actor(by, by), "1", self.services.clock)

    def approve(self, request_id: str, by: str = "admin", **body: Any) -> BudgetRequest:
        return deciding.approve(self.services, self.change(by), request_id, Approval(**body))

    def deny(self, request_id: str, by: str = "admin") -> BudgetRequest:
        return deciding.deny(self.services, self.change(by), request_id, "no")

    def withdraw(self, request_id: str) -> BudgetRequest:
        return deciding.withdraw(self.services, self.change(self.asking.ann["id"]), request_id)

    def look(self, request_id: str) -> BudgetRequest:
        return deciding.present(self.services, self.change(), request_id)

    def ask(self, limit: str = "20") -> tuple[BudgetRequest, bool]:
        ann, team, company = (each["id"] for each in (self.asking.ann, self.asking.team, self.asking.company))
        body = schemas.Asking(window=schemas.Window.TOTAL, limit=Decimal(limit), reason="a release")
        above = [existing(self.services.keys, each) for each in (team, company)]
        return asking.ask(self.services, self.change(ann), ann, body, above)

    def edit(self, limit: str, key_id: str | None = None, **more: Any) -> Scope:
        body = BudgetEdit(budget_limit=Decimal(limit), **more)
        return commands.edit(self.services.hierarchy, self.change(), key_id or self.asking.ann["id"], body)


@dataclass
class Asking:
    """A company of 100 USD, a team of 50 in it, and Ann's key of 10 in that, whose holders may all manage."""

    admin: Admin
    now: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begins with new keys."""
        services = self.admin.services
        self.admin = Admin(
            composition.build_services(
                services.keys.client, services.settings, lambda: services.credentials, lambda: self.now
            )
        )
        self.company = self._key(None, name="company", budgetLimit="100", ownerEmail=BOSS)
        self.team = self._key(self.company, name="team", budgetLimit="50", ownerEmail=LEAD)
        self.ann = self._key(self.team, name="ann", budgetLimit="10", ownerEmail=ANN)

    def _key(self, parent: dict[str, Any] | None, **body: Any) -> dict[str, Any]:
        return self.admin.managing_key(**body, **({"parentId": parent["id"]} if parent else {}))

    def holder(self, key: dict[str, Any], client: Any = None) -> KeyClient:
        """Whoever has the key's secret; with a `client` of DynamoDB, as another process would serve them."""
        return KeyClient(self.process(client) if client else self.admin, key["key"])

    def process(self, client: Any) -> Admin:
        """The admin function in another process, by its own client."""
        return Admin(self.decider(client).services)

    def decider(self, client: Any = None) -> Decider:
        """Whoever decides in another process: routes of one process can't be asked at once."""
        mine = self.admin.services
        return Decider(
            self,
            composition.build_services(
                client or mine.keys.client, mine.settings, lambda: mine.credentials, mine.clock
            ),
        )

    def ask(self, key: dict[str, Any] | None = None, **body: Any) -> Answer:
        """A millisecond before, and after, whatever else happens: so the audit has it in its order."""
        wanted = {"window": "total", "limit": "20", "reason": "a release", **body}
        self.pass_time(milliseconds=1)
        answer = self.holder(key or self.ann)("POST", "/budget-requests", wanted)
        self.pass_time(milliseconds=1)
        return answer

    def asked(self, key: dict[str, Any] | None = None, **body: Any) -> str:
        answer = self.ask(key, **body)
        assert answer.status == 201, answer.text
        made: str = answer.json["id"]
        return made

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    def key(self, key: dict[str, Any] | None = None) -> dict[str, Any]:
        shown: dict[str, Any] = self.admin("GET", f"/apiKey/{(key or self.ann)['id']}").json
        return shown

    def request(self, request_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.admin("GET", f"/budget-requests/{request_id}").json
        return shown

    def actions(self, key: dict[str, Any] | None = None) -> list[list[str]]:
        """What the audit says of a key, oldest first."""
        found = self.admin("GET", "/audit", entity=(key or self.ann)["id"]).json["data"]
        return [each["actions"] for each in found[::-1]]

    def alerts(self, key: dict[str, Any] | None = None) -> list[Any]:
        found, _ = self.admin.services.alerts.history((key or self.ann)["id"], 1000, None)
        return found[::-1]
