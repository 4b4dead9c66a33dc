"""Raising a limit that refuses a call, where its key has a policy for that."""

from __future__ import annotations

from typing import Any

from tollgate.audit.store.audit_table import AuditTable
from tollgate.clock import utc_now
from tollgate.keys.store.automatic_increases import AutomaticIncreases
from tollgate.keys.store.hierarchy import Hierarchy
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.admissions import MAX_SCOPES


def policy(tables: Any, keys_table: str, audit_table: str) -> AutomaticIncreases:
    keys = KeysTable(tables, keys_table, AuditTable(tables, audit_table))
    return AutomaticIncreases(Hierarchy.over(keys, MAX_SCOPES, utc_now), utc_now)
