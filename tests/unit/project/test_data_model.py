"""That docs/data-model.md says what is stored: the template's tables, and the items that the code writes."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from aws_wire.attribute_values import plain
from infra.local.environment import ROOT
from infra.local.tables import TABLE, read_template
from tests.support.builders import KEY, NOW, admission, hold, model, price_version, provider, record, scope
from tests.support.notices import NEWS
from tollgate.admins import admins
from tollgate.admins.store.admins_table import AdminTable
from tollgate.alerts.alerts import (
    Alert,
    AlertContent,
    AlertKind,
    Delivery,
    DeliveryState,
    IncreaseNote,
    Spending,
    SpendingBurst,
)
from tollgate.alerts.decisions import AlertPolicy, AlertState, WatchedBudget
from tollgate.alerts.events.downgrade_events import DowngradeTold
from tollgate.alerts.events.key_events import EventState
from tollgate.alerts.events.pack_events import PacksTold
from tollgate.alerts.news import RaiseNews
from tollgate.alerts.spending_samples import Sample
from tollgate.alerts.store import alert_items, event_state_items
from tollgate.alerts.store.alert_policy import AlertPolicyTable, StoredPolicy
from tollgate.alerts.store.samples_table import SamplesTable
from tollgate.audit.entry import Change
from tollgate.audit.store import audit_table
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws.dynamodb import item
from tollgate.budget_health.states import BudgetState
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.budget_health.summaries import BudgetSummary, WindowSummary
from tollgate.budget_requests.budget_requests import BudgetRequest, Decision, Place, Stage
from tollgate.budget_requests.grants import Following, GrantWatch
from tollgate.budget_requests.store.budget_requests_table import BudgetRequestsTable
from tollgate.budget_requests.store.grants_table import GrantsTable
from tollgate.catalog.catalog import (
    ApiEndpoint,
    AuthHeader,
    ModelType,
    OutputLimit,
    ProviderApi,
    ProviderType,
    StreamUsage,
    Target,
)
from tollgate.catalog.store import catalog_table, listed_prices
from tollgate.catalog.wildcards import ListedPrice
from tollgate.costs.aggregates import LATENCY_BOUNDS, Aggregate, Dimension, Latency, Tally
from tollgate.costs.charge_parts import ChargeParts
from tollgate.costs.cost_entry import CostEntry
from tollgate.costs.store import cost_items
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.marked_records import MarkedRecords
from tollgate.costs.store.query_pages import SnapshotTable
from tollgate.costs.store.set_aside import SetAside
from tollgate.costs.store.shard_sums import Numbered, ShardSums
from tollgate.data_versions.data_versions import DataMark
from tollgate.data_versions.store import mark_table
from tollgate.gateway_state import conversations
from tollgate.gateway_state.idempotency import IdempotencyKey, StoredReply
from tollgate.gateway_state.store import batch_items
from tollgate.gateway_state.store.conversations_table import ConversationsTable
from tollgate.gateway_state.store.replies_table import RepliesTable
from tollgate.gateway_state.store.responses_table import ResponsesTable
from tollgate.gateway_state.stored_batches import (
    BatchCall,
    BatchCalls,
    BatchStage,
    CallLimits,
    StoredBatch,
    StoredFile,
    ThingKind,
)
from tollgate.gateway_state.stored_responses import StoredResponse
from tollgate.keys import settings_edit
from tollgate.keys.families import Family, Limits, RecordedLimits
from tollgate.keys.key_defaults import KeyDefaultOverrides, KeyDefaults
from tollgate.keys.moves import Move
from tollgate.keys.pack_definitions import PackCategory, PackDefinition
from tollgate.keys.store import key_writes
from tollgate.keys.store.external_ids import ExternalIdTable
from tollgate.keys.store.family_items import FamilyTable
from tollgate.keys.store.key_defaults_item import KeyDefaultsTable
from tollgate.keys.store.move_item import MoveState, MoveTable
from tollgate.keys.store.pack_definitions_table import PackDefinitionTable
from tollgate.ledger.admissions import HoldAttempt
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.billing.packs import Pack
from tollgate.ledger.billing.phases import Phase
from tollgate.ledger.holds import HeldCall, HoldParts
from tollgate.ledger.policies.automatic_increase import AutomaticIncrease, StepsTaken
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves
from tollgate.ledger.policies.temporary_limits import Raise, RaisedBy
from tollgate.ledger.quotas import PastWindow, Quota
from tollgate.ledger.records import BillingParts, FailedAttempt, Outcome, PackDraw, RecordKind
from tollgate.ledger.scopes import Enforcement, KeyStatus, Priority
from tollgate.ledger.settlements import Charge, closing
from tollgate.ledger.store import hold_writes, record_items, scope_items
from tollgate.ledger.thresholds import DEFAULT_THRESHOLDS, Level
from tollgate.ledger.windows import Period, Schedule
from tollgate.pricing.price_terms import AT_COST, ScheduledFactor
from tollgate.pricing.price_versions import PriceWindow, Tier
from tollgate.pricing.usage import NO_USAGE, ModelUsage, TokenClass, Usage, UsageFlag, UsageSource
from tollgate.pricing.vendors import Vendor
from tollgate.reconcile.reconciliation import Checkpoint, Counter
from tollgate.reconcile.store import checkpoints
from tollgate.reconcile.store.audit_times import AuditTimes
from tollgate.request_log.kept_bodies import CapturedBody, KeptBodies
from tollgate.request_log.store.bodies_table import BodiesTable
from tollgate.seals.chain_check import StoredSeal
from tollgate.seals.day_seals import Name, Section
from tollgate.seals.leaf_lists import Leaf, LeafList
from tollgate.seals.store import seal_table
from tollgate_proxy.upstream.provider_calls import Fault

PAGE = (ROOT / "docs/data-model.md").read_text()
TABLES = {
    name: resource["Properties"]
    for name, resource in read_template(ROOT / "template.yaml")["Resources"].items()
    if resource["Type"] == TABLE
}
LATER = NOW + timedelta(days=1)
DAY = NOW.date()
# Stands in a cell for what there isn't.
NONE = "\N{EN DASH}"


class Recorder:
    """A DynamoDB that notes what is put, and has nothing."""

    def __init__(self):
        self.items = []
        self.updates = []

    def put_item(self, **request):
        self.items.append(plain(request["Item"]))

    def update_item(self, **request):
        self.updates.append(request)

    def get_item(self, **_request):
        return {}

    def transact_write_items(self, TransactItems):  # noqa: N803 - as boto3 calls it
        self.items += [plain(each["Put"]["Item"]) for each in TransactItems if "Put" in each]
        self.updates += [each["Update"] for each in TransactItems if "Update" in each]


def written(write):
    """The items that `write` puts, given a client."""
    client: Any = Recorder()
    write(client)
    assert client.items
    return client.items


def stored(*items):
    """Items as they come back from DynamoDB."""
    return [plain(item(each)) for each in items]


CHANGE = Change("chg_1", KEY.key_id, ("key.update",), "admin", "admin", NOW, "request", {"name": "a"}, {})
USAGE = Usage(
    {TokenClass.INPUT: 10, TokenClass.OUTPUT: 3},
    UsageSource.ESTIMATED,
    {"web_search": 1},
    "priority",
    "fast",
    "us",
    (ModelUsage("advisor", {TokenClass.OUTPUT: 7}),),
    frozenset({UsageFlag.PROMPT_ESTIMATED}),
)
ATTEMPTS = (
    FailedAttempt("prv_a", "small", "status", 500, timedelta(seconds=1), USAGE, "mdl_small:1", Decimal(1)),
    FailedAttempt("prv_b", "small", "unreachable", None, timedelta(0), NO_USAGE, "mdl_small:1", Decimal(0)),
)
SCOPE = scope(
    holds={
        "req_1": hold(
            call=HeldCall(
                "small", RecordKind.EMBEDDING, "mdl_small:1", 100, Decimal("0.1"), True, Decimal("1.5")
            ),
            parts=HoldParts(Decimal(1), {"pck_1": Decimal("0.5")}, Decimal("0.5"), Decimal(0)),
        ),
        "req_2": hold(key_id="key_below"),
    },
    quota=Quota(
        starts_at=NOW,
        resets_at=LATER,
        limit=Decimal(5),
        schedule=Schedule(Period.WEEK, "Asia/Kolkata", 7),
        carries_unused=True,
        carries_overspend=True,
        reset=Decimal(1),
        included=Decimal(1),
        metered=Decimal(1),
        past=PastWindow(
            NOW - timedelta(days=7),
            Decimal(5),
            Decimal(5),
            Decimal(0),
            raised=Decimal(1),
            included=Decimal(1),
            metered=Decimal(1),
        ),
        raised=Decimal(1),
    ),
    parent_id="key_above",
    moved_at=NOW,
    rates={"r29557989": 59},
    closed={"req_0": LATER},
    last_used_at=NOW,
    expires_at=LATER,
    allowed_models=frozenset({"small"}),
    owner_email="owner@example.com",
    external_id="42",
    managed_by="platform",
    tags={"team": "search"},
    thresholds=DEFAULT_THRESHOLDS,
    alert_debounce_seconds=60,
    old_secrets={"0" * 64: LATER},
    safety_level=10,
    budget_refusal_status=400,
    self_named=True,
    budget_reset=Decimal(1),
    packs_paid=Decimal(1),
    overcommit=False,
    priority=Priority.HIGH,
    keep_bodies=True,
    price_factor=Decimal("1.5"),
    model_price_factors={"small": Decimal("0.8")},
    scheduled_price_factors=(ScheduledFactor(Decimal("0.9"), NOW, LATER, frozenset({"small"})),),
    minimum_fee=Decimal("0.01"),
    billing_mode=BillingMode.HYBRID,
    cost_centre="CC-4711",
    overage=Overage.METERED,
    overage_limit=Decimal(5),
    overage_factor=Decimal("1.2"),
    packs={
        "pck_1": Pack(
            Decimal(9), Decimal(5), 1, NOW, NOW, LATER, models=frozenset({"small"}), free=Decimal(4)
        ),
    },
    packs_left=Decimal(1),
    downgrade=Downgrade((DowngradeRule("large", ("small",)),), 95, 85, switch_conversations=True),
    downgrading=True,
    priority_reserves=PriorityReserves(
        {
            Priority.LOW: ClassReserve(70),
            Priority.NORMAL: ClassReserve(90),
            Priority.HIGH: ClassReserve(99),
        },
        10,
    ),
    automatic_increase=AutomaticIncrease(Decimal(5), 10, Decimal(20), 90, 3, 7200, 60),
    steps_taken={"week": StepsTaken(1, NOW, NOW)},
    raises={"week": Raise("week", Decimal(4), Decimal(5), LATER, RaisedBy.APPROVAL, "breq_1")},
    changes_at=LATER,
)
LIMITS = RecordedLimits(Limits(Decimal(5), {Period.DAY: Decimal(1)}, 10, Priority.NORMAL), 1)
VERSION = price_version(
    {TokenClass.INPUT: "1", TokenClass.OUTPUT: "2"},
    tiers=(Tier(200_000, {TokenClass.INPUT: Decimal(2)}),),
    service_tiers={"batch": Decimal("0.5")},
    service_tier_rates={"priority": {TokenClass.INPUT: Decimal(2)}},
    inference_geos={"us": Decimal("1.1")},
    windows=(PriceWindow(frozenset({0}), time(16, 30), time(0, 30), "UTC", Decimal("0.5")),),
    tool_prices={"web_search": Decimal("0.01")},
    source="https://example.com/prices",
    sourced_at=date(2026, 11, 1),
)
PROVIDER = provider(
    namings=1,
    beta_headers=("foo-*",),
    managed_by="platform",
    apis=(ApiEndpoint(ProviderApi.CHAT, "https://api.example.com/v1", AuthHeader.AUTHORIZATION),),
)
MODEL = model(
    prices=(VERSION, price_version({TokenClass.INPUT: "1"})),
    context_limit=128_000,
    output_limit=16_000,
    prompt_overhead=12,
    fallbacks=("other",),
    strict_translation=True,
    aliases=("tiny",),
    managed_by="platform",
    alternatives=(Target("prv_b", "small-at-b"),),
)
TOLD = AlertContent(
    AlertKind.FORECAST,
    DEFAULT_THRESHOLDS[0].level,
    "month",
    80,
    (50,),
    Decimal(5),
    Decimal(4),
    LATER,
    LATER,
    ("owner",),
    IncreaseNote(
        "brq_1", Decimal(20), "why", Decimal(20), LATER, "an administrator", "so", LATER, Decimal(5)
    ),
    beyond=Phase.METERED,
)
PACK = PackDefinition(
    "pck_1",
    KEY.key_id,
    Decimal(5),
    PackCategory.PAID,
    1,
    NOW,
    NOW,
    LATER,
    frozenset({"small"}),
    Decimal(4),
    "July credits",
    "order-1",
)
ALERT = Alert(
    "alr_1",
    KEY.key_id,
    "a key",
    "owner@example.com",
    Enforcement.SOFT,
    TOLD,
    NOW,
    {"mail-0": Delivery("owner@example.com", DeliveryState.SENT, 2, LATER, NOW, "refused")},
    Spending(Decimal(1), burst=SpendingBurst(Decimal(1), timedelta(minutes=5))),
    self_named=True,
)
PARTS = ChargeParts(*[Decimal(1)] * 6)
TALLY = Tally(
    *(1, 1, 1, 10, 3, Decimal(1)), {TokenClass.CACHED_INPUT: 10}, Latency.of(LATENCY_BOUNDS[0]), PARTS
)
ENTRY = CostEntry(
    request_id="req_1",
    key_id=KEY.key_id,
    model="small",
    day=date(2026, 11, 29),
    tally=Tally(requests=1),
    scopes=(KEY.key_id,),
    provider="prv_a",
    owner="-",
    tags=frozenset(),
)
NAMED = IdempotencyKey("0" * 64, "1" * 64, "req_1", LATER)
CHOSEN = {
    **{each.name: 1 for each in fields(KeyDefaults)},
    "monthly_quota": Decimal(5),
    "enforcement": "soft",
    "self_service_mail_domains": ("example.com",),
}


def keys():
    pending = stored(audit_table.to_item(CHANGE))[0]
    return [*stored(scope_items.to_item(SCOPE)), *stored({"pending_audit": pending})]


def moves():
    move = Move("mov_1", KEY.key_id, None, "key_above", CHANGE)
    client: Any = Recorder()
    MoveTable(client, "keys").begin(MoveState(0, None), move)
    MoveTable(client, "keys").begin(MoveState(0, None), replace(move, from_id="key_before", to_id=None))
    return [
        {"key_id": "hierarchy", **{name: given[f":{name}"] for name in ("move", "kind", "revision")}}
        for given in (plain(update["ExpressionAttributeValues"]) for update in client.updates)
    ]


def external_ids():
    keys = SimpleNamespace(get=lambda _key_id: None)
    return written(lambda client: ExternalIdTable(client, "keys").claim("42", KEY.key_id, keys))


def aggregates():
    aggregate = Aggregate(Dimension.MODEL, "2026-11", "small")
    place = dict(zip(("dimension_period", "dimension_value"), cost_items.address(aggregate), strict=True))
    figures = {_of_its_kind(name): Decimal(number) for name, number in cost_items.additions(aggregate, TALLY)}
    return [{**place, **figures, "through": "2026-11-23"}]


def shards_sums():
    """As an update makes them of nothing."""
    entry = replace(ENTRY, tally=TALLY, model="x" * 1000)
    client: Any = Recorder()
    assert ShardSums(client, "costs", UTC, at_once=1).add("shardId-1", [Numbered("1", entry)]) == set()
    items = []
    for update in client.updates:
        given = plain(update["ExpressionAttributeValues"])
        parts = update["UpdateExpression"].replace("ADD ", "").replace(" SET ", ", ").split(", ")
        pairs = (part.replace(" = ", " ").split() for part in parts)
        items.append({**plain(update["Key"]), **{_of_its_kind(name): given[value] for name, value in pairs}})
    return items


def closed_days():
    client: Any = Recorder()
    ClosedDays(client, "costs").part_done("2026-11-23", {"key"})
    ClosedDays(client, "costs").done("2026-11-22")
    parts, through = (plain(update["ExpressionAttributeValues"]) for update in client.updates)
    return [
        {
            **plain(client.updates[0]["Key"]),
            "day": parts[":day"],
            "parts": parts[":parts"],
            "through": through[":day"],
        }
    ]


def _of_its_kind(name):
    """The page has one name for the tokens of all classes, and one for all of latency's buckets."""
    return re.sub(r"^ms_\d+$", "ms_<bound>", re.sub(r"^tokens_\w+$", "tokens_<class>", name))


def summaries():
    total = WindowSummary("total", BudgetState.FINE, 50, LATER, BudgetState.NEAR, 90)
    quota = WindowSummary("month", BudgetState.NEAR, 90, LATER, BudgetState.EXHAUSTED, 110)
    summary = BudgetSummary(KeyStatus.ACTIVE, LATER, (total, quota), Priority.HIGH)

    def write(client):
        SummariesTable(client, "costs").put(KEY.key_id, summary, 0)
        SummariesTable(client, "costs").remove(KEY.key_id, 1, NOW)

    return written(write)


FILE = StoredFile(
    file_id="file-1",
    key_id=KEY.key_id,
    provider_id="prv_a",
    created_at=NOW,
    seen={"id": "file-1"},
    api="chat",
    model="small",
    remote_id="small-2026",
    limits_output=True,
)
RESULT = StoredFile("file-2", KEY.key_id, "prv_a", NOW, {}, batch_id="batch_1")
BATCH = StoredBatch(
    kind=ThingKind.BATCH,
    request_id="req_1",
    key_id=KEY.key_id,
    provider_id="prv_a",
    api="chat",
    model="small",
    remote_id="small-2026",
    price=price_version({TokenClass.INPUT: "1"}),
    calls=1,
    admitted_at=NOW,
    held_until=LATER,
    stage=BatchStage.OPEN,
    due_at=LATER,
    batch_id="batch_1",
    scopes=(KEY.key_id,),
    price_factor=Decimal("1.5"),
    minimum_fee=Decimal("0.01"),
    billing_mode="hybrid",
    cost_centre="CC-4711",
    context_limit=1000,
    output_limit=100,
    tagged=True,
)
CALLS = BatchCalls(
    (BatchCall(b"12345678", 10, 20, 0),), (CallLimits(1, 0, {}, limits_output=True, options={}),)
)


def replies():
    def write(client):
        table = RepliesTable(client, "answers")
        table.begin(NAMED, NOW)
        table.keep(NAMED, StoredReply("req_1", 200, {"a": "b"}, b"{}"), NOW)

    return written(write)


def admins_items():
    admin, _token = admins.new("ann", admins.Role.OWNER, LATER, NOW)
    nobody: Any = Recorder()
    audited = AuditTable(nobody, "audit")
    items = written(
        lambda client: AdminTable(client, "catalog", audited).add(replace(admin, revoked_at=NOW), CHANGE)
    )
    return [each for each in items if each.get("kind") == "admin"]


def key_defaults():
    defaults = KeyDefaultOverrides(KeyDefaults(), {}, 0)
    return written(
        lambda client: KeyDefaultsTable(client, "catalog", KeyDefaults()).replace(
            defaults, replace(defaults, chosen=CHOSEN)
        )
    )


def alert_defaults():
    policy = AlertPolicy(
        remind_after=timedelta(hours=1), admin_emails=("a@example.com",), console_url="https://example.com"
    )
    return written(
        lambda client: AlertPolicyTable(client, "catalog", policy).replace(StoredPolicy(policy, 0), policy)
    )


DECIDED = Decision("admin", "admin", NOW, "why", Decimal(20), LATER, "chg_1", "request")
ASKED = BudgetRequest(
    Place(KEY.key_id, "total", 1),
    Decimal(20),
    Decimal(10),
    "why",
    LATER,
    KEY.key_id,
    NOW,
    Stage.APPLYING,
    DECIDED,
)


def requests():
    return written(lambda client: BudgetRequestsTable(client, "alerts").add(ASKED, ["key_above"]))


def grants():
    client: Any = Recorder()
    table = GrantsTable(client, "alerts")
    begun = [plain(each["Put"]["Item"]) for each in table.begin_writes(ASKED)]
    table.advance(GrantWatch(KEY.key_id, ASKED.id, LATER, revision=1), Following(None, is_told=True), NOW)
    return [*begun, *client.items]


def packs():
    named, agreed = written(lambda client: PackDefinitionTable(client, "catalog").put(PACK))
    return [named], [{**agreed, "filed": {"used": Decimal(1), "voided": True}}]


def event_states():
    packs_told = PacksTold(frozenset({"pck_1"}), frozenset({"pck_1"}))
    downgrade = DowngradeTold(is_on=True, at=NOW)
    raises = {"total": RaiseNews(Decimal(1), Decimal(2), LATER)}
    state = EventState("month@2026", packs_told, downgrade, raises, LATER, 1)
    return stored({**event_state_items.from_event_state(KEY.key_id, state), "revision": 1})


def alerts_with_news():
    return [replace(ALERT, content=replace(TOLD, kind=kind, news=news)) for kind, news in NEWS.items()]


def marks():
    mark = AlertState("total", Decimal(1), frozenset({80}), {80: NOW}, NOW, LATER, 1)
    return stored(alert_items.from_state(KEY.key_id, WatchedBudget.TOTAL, mark))


ATTEMPT = HoldAttempt(admission().demand.max_claim(), AT_COST, NOW)
CLOSING = closing(SCOPE, SCOPE.holds["req_1"], Charge(Decimal(1), 10, 1), NOW)
EDIT = settings_edit.edit(SCOPE, replace(SCOPE, name="b", budget_limit=Decimal(20), rpm_limit=5))
KEPT = KeptBodies("req_1", KEY.key_id, CapturedBody(b"{}", 2), CapturedBody(b"{}", 2), NOW, LATER)
# What the page calls each kind of item, and such items as the code writes them, with all that they can have.
ITEMS = {
    "Key": keys(),
    "Family": written(
        lambda client: FamilyTable(client, "keys").put(
            Family(KEY.key_id, LIMITS, overcommit=True, members={"key_below": LIMITS}, closed=True)
        )
    ),
    "Move": moves(),
    "External id": external_ids(),
    "Checkpoint": stored(
        checkpoints.to_item(
            KEY.key_id,
            {
                counter: Checkpoint(NOW, NOW, Decimal(1), (Decimal(1),))
                for counter in (Counter.BUDGET_USED, Counter.QUOTA_USED)
            },
        )
    ),
    "Last audit": written(lambda client: AuditTimes(client, "keys").note(NOW)),
    "Record": stored(
        record_items.to_item(
            record(
                "req_01kb81hmvt0123456789abcdef",
                usage=USAGE,
                attempts=ATTEMPTS,
                provider_request_id="x",
                owner_email="owner@example.com",
                tags={"team": "search"},
                model_id="mdl_another",
                price_factor=Decimal("1.5"),
                minimum_fee=Decimal("0.01"),
                exceeds_hold=True,
                pack_draws=(PackDraw(KEY.key_id, "pck_1", Decimal(1)),),
                billing=BillingParts(KEY.key_id, Decimal(1), Decimal(1)),
                billing_mode=BillingMode.HYBRID,
                cost_centre="CC-4711",
                provider_cost=Decimal("0.5"),
                downgraded_from="large",
                session_id="01a2299a-1c72-7971-a1b9-521e6c01892d",
                trace="0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                fallback_from="larger",
                fallback_reason="status",
            ),
            timedelta(days=400),
        )
    ),
    "Aggregate": aggregates(),
    "Live sum": shards_sums(),
    "Closed days": closed_days(),
    "Rollup marker": written(lambda client: MarkedRecords(client, "costs").add(ENTRY)),
    "Record set aside": written(lambda client: SetAside(client, "costs").note("shardId-1", {"1"})),
    "Query page": written(lambda client: SnapshotTable(client, "costs").keep("query", [["row"]])),
    "Budget summary": summaries(),
    "Provider": stored(catalog_table.from_provider(PROVIDER)),
    "Alias": stored(catalog_table.from_alias("tiny", MODEL)),
    "Wildcard": stored(catalog_table.from_wildcard(MODEL)),
    "Listed price": stored(
        listed_prices.from_listed(
            ListedPrice("claude-opus-5", Vendor.ANTHROPIC, ModelType.CHAT, MODEL.prices, 200_000, 64_000)
        )
    ),
    "Model": stored(catalog_table.from_model(MODEL)),
    "Admin": admins_items(),
    "Key defaults": key_defaults(),
    "Pack": packs()[1],
    "Pack of a month": packs()[0],
    "Data version": stored(mark_table.to_item(DataMark(2, 2, NOW))),
    "Alert defaults": alert_defaults(),
    "Alert state": marks(),
    "Event state": event_states(),
    "Alert": [each for alert in alerts_with_news() for each in stored(alert_items.from_alert(alert))],
    "Budget request": [each for each in requests() if each["alert"].startswith("request#")],
    "Entry of a request": [each for each in requests() if each["alert"].startswith(("asked#", "below#"))],
    "Grant": grants(),
    "Sample": written(
        lambda client: SamplesTable(client, "alerts").put(KEY.key_id, Sample(NOW, Decimal(1), NOW))
    ),
    "Change": stored(audit_table.to_item(CHANGE)),
    "Seal": stored(seal_table.to_item(StoredSeal(DAY, "{}", {Section.USAGE: b"", Section.AUDIT: b""}))),
    "Leaf list": stored(
        seal_table.list_to_item(DAY, Section.USAGE, 0, LeafList((Leaf(Name("req_1", "key_1"), bytes(32)),)))
    ),
    "Stored response": written(
        lambda client: ResponsesTable(client, "responses").keep(
            StoredResponse("resp_1", KEY.key_id, "prv_a", "small", NOW)
        )
    ),
    "Reply": replies(),
    "Conversation": written(
        lambda client: ConversationsTable(client, "answers").begin(
            conversations.name_of(KEY.key_id, "talk", "large"), "small", NOW
        )
    ),
    "File": stored(batch_items.file_to_item(FILE), batch_items.file_to_item(RESULT)),
    "Batch": stored(batch_items.batch_to_item(BATCH)),
    "Calls of a batch": stored(batch_items.calls_to_item("req_1", CALLS, NOW)),
    "Kept body": written(lambda client: BodiesTable(client, "bodies").keep(KEPT)),
}


def section(heading, level="###"):
    found = re.search(rf"^{level} {re.escape(heading)}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def rows(text):
    """The cells of the table in a piece of the page, without its head."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def documented(heading):
    """An item's attributes and their types, as the page has them."""
    return {name.strip("`"): kind for name, kind, *_ in rows(section(heading))}


def fits(value, said):
    """Whether a value is of one of the types that the page names, `M(N)` being a map of numbers."""
    return any(_fits(value, each) for each in said.split(" or "))


def _fits(value, said):
    within = said[2:-1]
    if isinstance(value, dict):
        return said == "M" or (said[0] == "M" and all(_is(each, within) for each in value.values()))
    if isinstance(value, list):
        return said == "L" or (said[0] == "L" and all(_is(each, within) for each in value))
    codes = {bool: "BOOL", str: "S", Decimal: "N", set: "SS", type(None): "NULL"}
    return codes.get(type(value), "B") == said


def _is(value, said):
    return said == "any" or _fits(value, said)


def attributes(item_, page, prefix=""):
    """Every attribute with its value, within maps too; which maps have free names is what the page says."""
    for name, value in item_.items():
        path = f"{prefix}{name}"
        yield path, value
        for place, each in _within(value, page.get(path, "")):
            yield from attributes(each, page, f"{path}{place}")


def _within(value, said):
    """What a map or a list has in it; places of a list that stand for names are numbers."""
    if said == "M":
        return [(".", value)]
    if said == "L":
        return [("", {f"[{number}]": each for number, each in enumerate(value)})]
    if said in {"M(M)", "M(L)"}:
        within = [(".*", each) for each in value.values()]
    else:
        within = [("[]", each) for each in value or ()] if said.startswith(("L(M)", "L(L)")) else []
    return [found for place, each in within for found in _placed(place, each)]


def _placed(place, each):
    return [
        (f"{place}{deeper}", found) for deeper, found in _within(each, "M" if isinstance(each, dict) else "L")
    ]


# An attribute that holds another item of the page, whose attributes stand there.
ELSEWHERE = {
    "Key": ("pending_audit.", "Change"),
    "Move": ("move.change.", "Change"),
}


@pytest.mark.parametrize("kind", ITEMS)
def test_the_page_has_every_attribute_of_an_item_with_its_type_and_no_other(kind):
    page = documented(kind)
    prefix, other = ELSEWHERE.get(kind, ("", None))
    if other:
        page |= {f"{prefix}{name}": said for name, said in documented(other).items()}
    found = [pair for each in ITEMS[kind] for pair in attributes(each, page)]
    assert {path for path, _ in found} == page.keys()
    assert [(path, value) for path, value in found if not fits(value, page[path])] == []


def test_every_kind_of_item_that_the_page_has_is_compared():
    assert set(re.findall(r"^### (.+)$", PAGE, re.MULTILINE)) == ITEMS.keys()


def test_every_attribute_says_what_it_is_and_who_writes_it():
    for kind in ITEMS:
        assert [row for row in rows(section(kind)) if len(row) != 4 or not all(row)] == [], kind


# By kind of item, attributes that have one of a few values, which the page lists, and those values.
CHOICES: dict[tuple[str, str], Any] = {
    ("Key", "status"): {KeyStatus.ACTIVE, KeyStatus.REVOKED, KeyStatus.EXPIRED},
    ("Key", "enforcement"): Enforcement,
    ("Key", "quota_period"): Period,
    ("Key", "priority"): Priority,
    ("Key", "billing_mode"): BillingMode,
    ("Key", "overage"): Overage,
    ("Key", "budget_alert_thresholds[].level"): Level,
    ("Key", "holds.*[9]"): RecordKind,
    ("Record", "kind"): RecordKind,
    ("Batch", "kind"): {ThingKind.BATCH, ThingKind.MESSAGE_BATCH},
    ("Batch", "stage"): BatchStage,
    ("Record", "outcome"): Outcome,
    ("Record", "billing_mode"): BillingMode,
    ("Record", "usage_source"): UsageSource,
    ("Record", "attempts[].fault"): Fault,
    ("Budget summary", "status"): {KeyStatus.ACTIVE, KeyStatus.REVOKED},
    ("Budget summary", "total.state"): set(BudgetState) - {BudgetState.UNLIMITED},
    ("Provider", "type"): ProviderType,
    ("Provider", "auth_header"): AuthHeader,
    ("Provider", "output_limit"): OutputLimit,
    ("Provider", "stream_usage"): StreamUsage,
    ("Model", "type"): ModelType,
    ("Admin", "role"): admins.Role,
    ("Key defaults", "chosen.enforcement"): Enforcement,
    ("Alert defaults", "thresholds[].level"): Level,
    ("Alert", "kind"): AlertKind,
    ("Alert", "level"): Level,
    ("Pack", "category"): PackCategory,
    ("Alert", "deliveries.*.state"): DeliveryState,
}


@pytest.mark.parametrize(("kind", "attribute"), CHOICES)
def test_the_page_lists_the_values_of_a_choice(kind, attribute):
    said = {name.strip("`"): meaning for name, _type, meaning, _writer in rows(section(kind))}
    assert set(re.findall(r"`([^`]+)`", said[attribute])) == set(CHOICES[kind, attribute])


def test_whole_examples_leave_nothing_out():
    """An item that lacked an attribute would let the page lack it, too."""
    assert [name for name, value in scope_items.to_item(SCOPE).items() if value is None] == []
    assert [name for name, value in catalog_table.from_model(MODEL).items() if value is None] == []
    told = alert_items.from_alert(alerts_with_news()[0])
    assert [name for name, value in told.items() if value is None] == []


@pytest.mark.parametrize(
    "update",
    [
        hold_writes.opening("keys", KEY.key_id, admission(), ATTEMPT, own=True),
        hold_writes.closing("keys", KEY.key_id, "req_1", CLOSING, NOW, blocks_until=LATER),
        key_writes.editing("keys", EDIT, CHANGE),
        key_writes.resetting("keys", settings_edit.Reset(SCOPE, Decimal(1), Decimal(1)), NOW, CHANGE),
        key_writes.fencing("keys", SCOPE),
    ],
    ids=["admission", "settlement", "edit", "reset", "fence"],
)
def test_what_updates_write_to_a_key_is_on_the_page(update):
    request = update.request()
    names = request.get("ExpressionAttributeNames", {})
    paths = re.findall(r"(?:SET|REMOVE|,) ([#\w]+)", request["UpdateExpression"])
    top = {names.get(path, path) for path in paths}
    assert top
    assert top <= documented("Key").keys()


def test_the_page_has_every_table_as_the_template_declares_it():
    page = rows(section("Tables", "##"))
    assert sorted(page) == sorted(as_documented(name, table) for name, table in TABLES.items())


def as_documented(name, table):
    keys = [each["AttributeName"] for each in table["KeySchema"]]
    indexes = [
        f"`{each['IndexName']}`: " + ", ".join(f"`{key['AttributeName']}`" for key in each["KeySchema"])
        for each in table.get("GlobalSecondaryIndexes", [])
    ]
    lifetime = table.get("TimeToLiveSpecification", {}).get("AttributeName")
    streams = {
        None: NONE,
        "NEW_AND_OLD_IMAGES": "new and old images, read by `AlertsFunction`",
        "NEW_IMAGE": "new images, read by `RollupFunction`, `TelemetryFunction`",
    }
    return [
        f"`{name}`",
        f"`{keys[0]}`",
        f"`{keys[1]}`" if len(keys) > 1 else NONE,
        "; ".join(indexes) or NONE,
        f"`{lifetime}`" if lifetime else NONE,
        streams[table.get("StreamSpecification", {}).get("StreamViewType")],
        "yes" if "PointInTimeRecoverySpecification" in table else "no",
    ]
