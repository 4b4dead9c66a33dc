"""Which attributes of a key functions may write: those that their code names, and no others.

IAM counts what a write's condition names as it counts what the write sets. So the lists in the template are
those of all that the ledger's writes name, found in their source: what no test drives must be allowed, too.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from infra.local.environment import ROOT
from infra.local.tables import read_template
from tollgate.keys.store.key_writes import PENDING_AUDIT
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

STORE = ROOT / "shared/tollgate/ledger/store"
KEY_WRITES = ROOT / "shared/tollgate/keys/store/key_writes.py"
# Of what an edit may do, an automatic increase does this.
RAISING = {
    "_change_quota", "_count_revision", "advancing", "clearing_audit", "editing", "fencing", "on_revision",
}  # fmt: skip
ADVANCING = {"_begin_window", "_stay_in_window", "carry"}
RAISED = {"budget_limit", "quota_limit", "raises", "steps_taken", PENDING_AUDIT}
# An edit that changes rates, takes a policy away or gives a quota another schedule, names these.
NOT_RAISED = {"downgrading", "holds", "rates"}
CLOSING = {"_block", "_close_late", "_forget", "_return_rates", "blocking", "closing", "forgetting"}
# What requires of a scope that it lets a call in: constants of the module, which no closing uses.
CONSTANTS = {"_UNMETERED"}
# What the last release names besides. Its code runs under these policies while an update moves the alias, and
# after a rollback: this goes with the release after the next.
LAST_RELEASE = {"price_factor"}
# Whatever else happens, nobody but an administrator gives a key these.
NEVER = {
    "budget_alert_thresholds", "cost_centre", "created_at", "external_id", "keep_bodies", "manage_children",
    "minimum_fee", "model_price_factors", "name", "overcommit", "owner_email", "packs_paid", "parent_id",
    "price_factor", "priority", "quota_period", "quota_zone", "scheduled_price_factors", "tags",
}  # fmt: skip


def documented() -> set[str]:
    """The attributes of a key, as the data model's page has them, which is compared with what is stored."""
    page = (ROOT / "docs/data-model.md").read_text()
    section = page.partition("### Key\n")[2].partition("\n### ")[0]
    return set(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE))


def named(path: Path, parts: Collection[str] | None = None) -> set[str]:
    """What the strings of a module name, or of some of its functions and constants, besides docstrings."""
    found = {"key_id"}
    for node in ast.parse(path.read_text()).body:
        if parts is not None and _name(node) not in parts:
            continue
        described = {id(each.value) for each in ast.walk(node) if isinstance(each, ast.Expr)}
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in described:
                found |= set(re.findall(r"[a-z_]+", each.value))
            elif isinstance(each, ast.Attribute) and each.attr in {
                "WINDOW_ATTRIBUTES",
                "CHANGING_ATTRIBUTES",
            }:
                found |= set(getattr(scope_items, each.attr))
    return found & documented()


def _name(node: ast.stmt) -> str | None:
    if isinstance(node, ast.FunctionDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def writes() -> Iterator[Path]:
    """The modules that put together the ledger's writes of keys."""
    yield from sorted(STORE.rglob("*_writes.py"))


def allowed(function: str) -> set[str]:
    statements = read_template(ROOT / "template.yaml")["Resources"][function]["Properties"]["Policies"][0]
    (attributes,) = (
        each["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
        for each in statements["Statement"]
        if each["Action"] == "dynamodb:UpdateItem" and each["Resource"].argument == "KeysTable.Arn"
    )
    assert sorted(attributes) == attributes
    return set(attributes)


def raised() -> set[str]:
    """An edit by a policy; what time has made of the key meanwhile is stored before it."""
    written = named(KEY_WRITES, RAISING) | named(STORE / "policies/advance_writes.py", ADVANCING) | RAISED
    for each in ("pack_writes.py", "quota_part_writes.py"):
        written |= named(STORE / "billing" / each)
    return written - NOT_RAISED


def test_whoever_lets_calls_in_may_write_what_the_ledger_and_raised_limits_take():
    ledger = set().union(*map(named, writes()))
    assert allowed("ProxyFunction") == ledger | raised() | LAST_RELEASE
    assert len(ledger) > 30


def test_whoever_settles_may_write_what_closing_takes():
    closing = named(STORE / "hold_writes.py", CLOSING | CONSTANTS)
    closing |= named(STORE / "billing/assignment_writes.py") | named(STORE / "billing/quota_part_writes.py")
    # What nobody has limited isn't counted: which limits those are, another module says.
    closing |= {"rpm_limit", "tpm_limit"}
    for function in ("BatchesFunction", "SweeperFunction"):
        assert allowed(function) == closing


def test_whoever_sends_alerts_may_write_what_a_raised_limit_takes():
    assert allowed("AlertsFunction") == raised()


def test_no_function_but_the_administrators_writes_who_a_key_is_and_what_its_calls_cost():
    assert documented() >= NEVER
    for function in ("ProxyFunction", "BatchesFunction", "SweeperFunction", "AlertsFunction"):
        assert allowed(function) & NEVER <= LAST_RELEASE
    for function in ("BatchesFunction", "SweeperFunction", "AlertsFunction"):
        protected = LAST_RELEASE | {"secret_hash", "old_secrets", "status", "allowed_models"}
        assert allowed(function).isdisjoint(protected)


def test_every_write_of_the_ledger_is_looked_through():
    """What puts together an update is in a module of that name."""
    elsewhere = {
        path.name
        for path in STORE.rglob("*.py")
        if re.search(r"\bUpdate\(|update\.(require|set|put|remove)\(", path.read_text())
        and not path.name.endswith("_writes.py")
    }
    assert elsewhere == set()
