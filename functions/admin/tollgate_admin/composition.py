"""What the routes work with, put together once for each execution environment.

The handler puts it together; a route has it from its request, and hands on what is needed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from aws_wire import dynamodb
from tollgate.admins.store import stack_token as admin_token
from tollgate.admins.store.admins_table import AdminTable
from tollgate.alerts.decisions import AlertPolicy
from tollgate.alerts.store.alert_policy import AlertPolicyTable
from tollgate.alerts.store.alerts_table import AlertsTable
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws import boto3_clients
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.budget_requests.store.budget_requests_table import BudgetRequestsTable
from tollgate.budget_requests.store.grants_table import GrantsTable
from tollgate.catalog.auth import auth_schemes
from tollgate.catalog.store.audited_catalog import AuditedCatalog
from tollgate.catalog.store.provider_keys import Credentials
from tollgate.clock import Clock, utc_now
from tollgate.cors import Origins
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.query_pages import SnapshotTable
from tollgate.keys.key_defaults import KeyDefaults
from tollgate.keys.store.hierarchy import Hierarchy
from tollgate.keys.store.key_defaults_item import KeyDefaultsTable
from tollgate.keys.store.keys_table import KeysTable
from tollgate.keys.store.pack_definitions_table import PackDefinitionTable
from tollgate.keys.store.resource_packs import ResourcePacks
from tollgate.lean_dataclass import dataclass
from tollgate.request_log.store.bodies_table import BodiesTable
from tollgate.request_log.store.request_log_table import RequestLog
from tollgate.request_log.store.usage_table import UsageTable
from tollgate_admin import settings
from tollgate_admin.oidc import oidc_settings
from tollgate_admin.oidc.issuer_documents import IssuerDocuments
from tollgate_admin.oidc.issuer_keys import IssuerKeys
from tollgate_admin.settings import Settings
from tollgate_admin.token_posts import TokenPosts

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Request
    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.catalog.catalog import AuthHeader
    from tollgate.catalog.provider_auth import ProviderAuth
    from tollgate_admin.oidc.id_tokens import IdTokens
    from tollgate_admin.oidc.oidc_settings import OidcSettings

# Seconds for a page of 1 MB: more than a single item is worth waiting for.
_READ_TIMEOUT = 5
# A rotated stack's token is in force, and the old one no longer, after this time; so are settings of sign-in.
_TOKEN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    clock: Clock
    keys: KeysTable
    hierarchy: Hierarchy
    catalog: AuditedCatalog
    costs: CostsTable
    snapshots: SnapshotTable
    usage: UsageTable
    log: RequestLog
    bodies: BodiesTable
    audit: AuditTable
    alerts: AlertsTable
    alert_policy: AlertPolicyTable
    key_defaults: KeyDefaultsTable
    connect_credentials: Callable[[], Credentials]
    admins: AdminTable
    budget_summaries: SummariesTable
    budget_requests: BudgetRequestsTable
    grants: GrantsTable
    packs: ResourcePacks
    auth_schemes: Mapping[AuthHeader, ProviderAuth]
    """Those by which providers can be asked from here, which may not be all."""

    @property
    def credentials(self) -> Credentials:
        """Providers' keys. Their client is dear, and only routes of providers need it."""
        return self.connect_credentials()


def build_services(
    client: DynamoDBClient,
    deployed: Settings,
    connect_credentials: Callable[[], Credentials],
    clock: Clock = utc_now,
    sums: Any = None,
) -> Services:
    """`connect_credentials` leads to the same ones whenever it is called.

    `sums` is the client that thousands of sums are read with, `client` unless given.
    """
    sums = client if sums is None else sums
    audit = AuditTable(client, deployed.audit_table)
    keys = KeysTable(client, deployed.keys_table, audit, clock)
    return Services(
        settings=deployed,
        clock=clock,
        keys=keys,
        hierarchy=Hierarchy.over(keys, deployed.max_key_depth, clock),
        catalog=AuditedCatalog(client, deployed.catalog_table, audit),
        costs=CostsTable(sums, deployed.costs_table, clock=clock),
        snapshots=SnapshotTable(client, deployed.costs_table, clock),
        usage=UsageTable(client, deployed.usage_table),
        log=RequestLog(client, deployed.usage_table),
        bodies=BodiesTable(client, deployed.bodies_table),
        audit=audit,
        alerts=AlertsTable(client, deployed.alerts_table),
        alert_policy=AlertPolicyTable(
            client, deployed.catalog_table, AlertPolicy(debounce=deployed.alert_debounce)
        ),
        key_defaults=KeyDefaultsTable(
            client,
            deployed.catalog_table,
            KeyDefaults(
                monthly_quota=deployed.default_monthly_quota, max_parallel=deployed.default_max_parallel
            ),
        ),
        connect_credentials=connect_credentials,
        admins=AdminTable(client, deployed.catalog_table, audit),
        budget_summaries=SummariesTable(sums, deployed.costs_table),
        budget_requests=BudgetRequestsTable(client, deployed.alerts_table),
        grants=GrantsTable(client, deployed.alerts_table),
        packs=ResourcePacks(keys, PackDefinitionTable(client, deployed.catalog_table)),
        auth_schemes=auth_schemes.with_tokens(
            lambda: TokenPosts(deployed.loopback_providers),
            settings.of_aws(),
            loopback_allowed=deployed.loopback_providers,
        ),
    )


@dataclass(frozen=True, slots=True)
class Composition:
    """What the function is put together of. Services and the stack's own token are made when they are needed.

    Clients are dear, and neither the documents nor whoever isn't known needs any of the tables'. `id_tokens`
    is None if nobody signs in by an issuer.
    """

    services: Callable[[], Services]
    stack_token: Callable[[], str]
    origins: Origins = field(default_factory=Origins)
    clock: Clock = utc_now
    id_tokens: Callable[[], IdTokens | None] = lambda: None


@cache
def composed() -> Composition:
    """The composition of this execution environment."""
    token_during = lru_cache(maxsize=1)(_token_during)
    oidc_during = lru_cache(maxsize=1)(_oidc_during)
    # The issuer's keys are kept for as long as the settings are the same.
    id_tokens_by = lru_cache(maxsize=1)(_id_tokens_by)
    return Composition(
        services=cache(_connected),
        stack_token=lambda: token_during(_period()),
        origins=settings.origins(),
        id_tokens=lambda: id_tokens_by(oidc_during(_period())),
    )


def services_of(request: Request) -> Services:
    """What the route of a request works with."""
    composition: Composition = request.context["composition"]
    return composition.services()


def _connected() -> Services:
    deployed = settings.from_environment()
    stored = cache(
        lambda: Credentials(boto3_clients.ssm(), deployed.credentials_prefix, deployed.credentials_key)
    )
    # boto3 takes more than twice the time to read thousands of items off the wire.
    sums = dynamodb.connect(settings.of_aws(), read_timeout=_READ_TIMEOUT)
    return build_services(boto3_clients.dynamodb(), deployed, stored, sums=sums)


def _period() -> int:
    return int(time.monotonic() // _TOKEN_SECONDS)


def _oidc_during(_period: int) -> OidcSettings | None:
    return oidc_settings.read(boto3_clients.ssm(), settings.from_environment().oidc_parameter)


def _id_tokens_by(chosen: OidcSettings | None) -> IdTokens | None:
    if chosen is None:
        return None
    from tollgate_admin.oidc.id_tokens import IdTokens  # noqa: PLC0415 - its libraries are dear

    loopback_allowed = settings.from_environment().loopback_providers
    keys = IssuerKeys(IssuerDocuments(chosen.issuer, loopback_allowed).keys)
    return IdTokens(chosen, keys, utc_now)


def _token_during(_period: int) -> str:
    return admin_token.read(settings.from_environment().admin_token_secret)
