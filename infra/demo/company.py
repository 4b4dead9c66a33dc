"""The demo company on a running stack, from its first provider to its last call."""

from __future__ import annotations

import logging
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from infra.demo import bygone_bodies, live_calls, request_history, traffic
from infra.demo.bygone_alerts import BygoneAlerts
from infra.demo.bygone_api import BygoneApi
from infra.demo.company_events import CompanyEvents
from infra.demo.plan import company_plan, model_plan
from infra.demo.plan.company_plan import KEYS, PlannedKey
from infra.demo.scope_books import ScopeBooks
from infra.local import keeping
from infra.local.deploy import EmulatedAws
from tollgate import money
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.demo.request_history import Priced
    from infra.local.stack import Stack
    from tollgate.catalog.catalog import Model
    from tollgate.ledger.records import LedgerRecord

SEED = 18
_BEGUN = timedelta(days=75)
_MOST_BODIES = 60
_SHOWING: dict[str, Callable[[LedgerRecord], object]] = {
    "with attempts": lambda record: record.attempts,
    "downgraded": lambda record: record.downgraded_from,
    "paid by a pack": lambda record: record.pack_draws,
    "metered": lambda record: record.billing and record.billing.metered,
    "with a flag": lambda record: record.usage.flags,
    "with cached tokens": lambda record: TokenClass.CACHED_INPUT in record.usage.tokens,
    "with a minimum fee": lambda record: record.minimum_fee,
}


@dataclass
class Company:
    """What tests and pictures need to know of it: ids and secrets by the names of `company_plan`."""

    keys: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    admins: dict[str, str] = field(default_factory=dict)
    """Tokens by role."""
    requests: dict[str, str] = field(default_factory=dict)
    """Ids of requests that show something, by what they show."""
    budget_requests: dict[str, str] = field(default_factory=dict)
    """By their state."""


def seed(stack: Stack, report: Callable[[str], None] = lambda _: None) -> Company:
    """Has the company live its two months on a stack that has none yet. Raises DemoError."""
    with _in_silence("tollgate_alerts"):
        return _Past(stack, report).live()


@contextmanager
def _in_silence(*packages: str) -> Iterator[None]:
    """What fails in the company's past, as a mailbox that is full, is no news of today."""
    loggers = [logging.getLogger(package) for package in packages]
    levels = [each.level for each in loggers]
    try:
        for each in loggers:
            each.setLevel(logging.CRITICAL)
        yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)


def is_there(stack: Stack) -> bool:
    """Whether the company has lived on a stack before."""
    found = BygoneApi(stack, datetime.now(UTC))("GET", "/providers", search=next(iter(model_plan.PROVIDERS)))
    return any(each["name"] in model_plan.PROVIDERS for each in found["data"])


class _Past:
    def __init__(self, stack: Stack, report: Callable[[str], None]) -> None:
        self.stack, self.report = stack, report
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.api = BygoneApi(stack, self.now - _BEGUN)
        self.company = Company()
        self.alerts = BygoneAlerts(self.api)

    def live(self) -> Company:
        aws = EmulatedAws(self.stack.aws_endpoint_url)
        tables = self.api.services.settings
        with keeping.UnreadStreams(aws.lambda_(), tables.keys_table, tables.usage_table):
            self.report("Demo: providers, models and their prices")
            self._catalog()
            self.api.now = self.now - _BEGUN + timedelta(hours=2)
            self.report("Demo: what was asked for in two months")
            requests = self._priced()
            self.report(f"Demo: {len(KEYS)} keys and {len(requests)} requests, day by day")
            records = self._days(requests)
            self.report("Demo: writing requests and sums")
            client, zone = self.api.services.keys.client, tables.reporting_zone
            request_history.write(client, tables.usage_table, tables.costs_table, records, zone)
        self._keep_bodies(records)
        self._point_out(records)
        self.report("Demo: the last calls, through the gateway")
        for name, answers in live_calls.make(self.stack, self.company.secrets).items():
            status, request_id = answers[-1]
            self.company.requests[f"{name} {status}"] = request_id
        return self.company

    def _keep_bodies(self, records: list[LedgerRecord]) -> None:
        keeping_bodies = {self.company.keys[each.name] for each in KEYS if each.settings.get("keepBodies")}
        found = [record for record in records if record.key_id in keeping_bodies]
        kept = bygone_bodies.keep(self.api.services.bodies, found[-_MOST_BODIES:], self.now)
        self.company.requests["with bodies"] = kept[-1]

    def _point_out(self, records: list[LedgerRecord]) -> None:
        """Of each kind of request, the last one."""
        shown = self.company.requests
        for record in records:
            shown[record.outcome.value] = record.request_id
            for kind, shows in _SHOWING.items():
                if shows(record):
                    shown[kind] = record.request_id

    def _catalog(self) -> None:
        api, provider_url = self.api, self.stack.provider_url
        for name, kind in model_plan.PROVIDERS.items():
            described = {"name": name, "type": kind, "baseUrl": f"{provider_url}/v1", "apiKey": "mock"}
            self.company.providers[name] = api("POST", "/providers", described)["id"]
        for name, planned in model_plan.MODELS.items():
            others = [
                {"providerId": self.company.providers[provider], **body} for provider, body in planned.others
            ]
            body = {
                "systemName": name,
                "providerId": self.company.providers[planned.provider],
                "alternatives": others,
                **planned.body,
            }
            self.company.models[name] = api("POST", "/models", body)["id"]
        for ago, name, prices in model_plan.PRICE_CHANGES:
            api.now = self.now - timedelta(days=ago, hours=3)
            api("PATCH", f"/models/{self.company.models[name]}", prices)
        days, name, prices = model_plan.COMING
        api.now = self.now - timedelta(days=2, hours=5)
        coming = {**prices, "effectiveAt": (self.now + timedelta(days=days)).isoformat()}
        api("PATCH", f"/models/{self.company.models[name]}", coming)

    def _priced(self) -> list[tuple[Priced, Model]]:
        """Each request at the price of its time, oldest first."""
        models = {model.system_name: model for model in self.api.services.catalog.models()}
        return [
            (request_history.priced(asked, models[asked.model]), models[asked.model])
            for asked in traffic.all_requests(self.now, SEED)
        ]

    def _days(self, requests: list[tuple[Priced, Model]]) -> list[LedgerRecord]:
        spent: dict[str, Decimal] = defaultdict(lambda: money.ZERO)
        for priced, _ in requests:
            for name in company_plan.lineage(priced.asked.key):
                spent[name] += priced.breakdown.total
        events = CompanyEvents(self.api, self.company, spent)
        events.appoint_admins()
        by_day = {
            day: list(found) for day, found in groupby(requests, key=lambda each: each[0].asked.at.date())
        }
        books, records = ScopeBooks(self.api.services.keys), []
        for ago in range(traffic.DAYS + 1, -1, -1):
            day = (self.now - timedelta(days=ago)).date()
            morning = datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=5)
            self.api.now = min(morning, self.now)
            for planned in KEYS:
                if min(planned.born, traffic.DAYS) + 1 == ago:
                    self._create(planned, spent)
            for priced, model in by_day.get(day, ()):
                chain = tuple(
                    books.scope(self.company.keys[name]) for name in company_plan.lineage(priced.asked.key)
                )
                records.append(books.settle(request_history.record_of(priced, model, chain)))
                self.alerts.spending.add(records[-1])
            charged = books.close()
            self.api.now = min(morning + timedelta(hours=6), self.now - timedelta(minutes=50))
            events.on(ago)
            self.alerts.look(charged)
            self.alerts.follow_up()
        self.api.now = self.now
        self.alerts.summarise(list(self.company.keys.values()))
        return records

    def _create(self, planned: PlannedKey, spent: Mapping[str, Decimal]) -> None:
        settings = self._settings(planned, spent)
        made = self.api("POST", "/apiKey", settings, token=self.company.admins["operator"])
        self.company.keys[planned.name], self.company.secrets[planned.name] = made["id"], made["key"]

    def _settings(self, planned: PlannedKey, spent: Mapping[str, Decimal]) -> dict[str, Any]:
        body: dict[str, Any] = {"name": planned.name, "ownerEmail": planned.owner, **planned.settings}
        if planned.below:
            body["parentId"] = self.company.keys[planned.below]
        if planned.requests:
            body["tags"] = {"team": planned.below, **planned.settings.get("tags", {})}
        if planned.limit is not None:
            body["budgetLimit"] = _rounded(spent[planned.name] * Decimal(str(planned.limit)))
        if planned.quota is not None:
            period, share = planned.quota
            days = {"day": 1, "week": 7, "month": 30}[period]
            average = spent[planned.name] * days / traffic.DAYS
            body |= {"quotaPeriod": period, "quotaLimit": _rounded(average * Decimal(str(share)))}
        if "expiresAt" in body:
            body["expiresAt"] = (self.now + timedelta(days=float(body["expiresAt"]))).isoformat()
        return {name: value for name, value in body.items() if value is not None}


def _rounded(amount: Decimal) -> str:
    """To two digits, upwards; a limit of nothing is none."""
    cents = amount.quantize(Decimal("0.01"), ROUND_UP)
    return str(max(cents, Decimal("0.5")))
