"""All operations of each API. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from tollgate_client.generated.operations.admins_operations import AdminsOperations
from tollgate_client.generated.operations.alerts_operations import AlertsOperations
from tollgate_client.generated.operations.audit_operations import AuditOperations
from tollgate_client.generated.operations.budget_requests_operations import BudgetRequestsOperations
from tollgate_client.generated.operations.costs_operations import CostsOperations
from tollgate_client.generated.operations.documents_operations import DocumentsOperations
from tollgate_client.generated.operations.keys_operations import KeysOperations
from tollgate_client.generated.operations.models_operations import ModelsOperations
from tollgate_client.generated.operations.providers_operations import ProvidersOperations
from tollgate_client.generated.operations.requests_operations import RequestsOperations
from tollgate_client.generated.operations.self_service_operations import SelfServiceOperations
from tollgate_client.generated.operations.settings_operations import SettingsOperations


class AdminApi(
    AdminsOperations,
    AlertsOperations,
    AuditOperations,
    BudgetRequestsOperations,
    CostsOperations,
    DocumentsOperations,
    KeysOperations,
    ModelsOperations,
    ProvidersOperations,
    RequestsOperations,
    SettingsOperations,
):
    """The admin API."""


class SelfServiceApi(SelfServiceOperations):
    """Self-service."""
