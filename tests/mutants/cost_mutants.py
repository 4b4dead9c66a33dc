"""Of costs: their entries, sums, bills and exports."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

COST_ENTRY = "shared/tollgate/costs/cost_entry.py"
COST_ENTRIES = "shared/tollgate/costs/store/cost_entries.py"
MARKED = "shared/tollgate/costs/store/marked_records.py"
BILL = "functions/admin/tollgate_admin/costs/bills/monthly_bill.py"
BILL_VIEWS = "functions/admin/tollgate_admin/costs/bills/bill_views.py"
COST_SUMS = "functions/admin/tollgate_admin/costs/cost_sums.py"
FOCUS = "functions/admin/tollgate_admin/costs/focus/focus_charges.py"
FOCUS_COLUMNS = "functions/admin/tollgate_admin/costs/focus/focus_columns.py"
BILL_PACKS = "functions/admin/tollgate_admin/costs/bills/bill_packs.py"
FOCUS_EXPORT = "functions/admin/tollgate_admin/costs/focus/focus_export.py"
PACK_DEFINITIONS = "shared/tollgate/keys/pack_definitions.py"
COST_TESTS = (
    "tests/unit/costs/test_costs.py",
    "tests/unit/costs/test_rollup_handler.py",
    "tests/unit/costs/test_focus_export.py",
    "tests/unit/costs/test_cost_queries_agree.py",
    "tests/integration/costs/test_marked_records.py",
    "tests/integration/admin/test_admin_charges.py",
)
COST_MUTANTS = [
    Mutant(
        "counts what packs of every scope paid",
        COST_ENTRY,
        "counts = scope == scope_that_pays(self.scopes, self.billed_at, self.drawn)",
        "counts = True",
        COST_TESTS,
    ),
    Mutant(
        "counts packs where nothing is billed",
        COST_ENTRY,
        "    if billed_at:\n",
        "    if False:\n",
        COST_TESTS,
    ),
    Mutant("counts the lowest scope's packs", COST_ENTRY, "in reversed(scopes)", "in scopes", COST_TESTS),
    Mutant("counts nothing by cost centre", COST_ENTRY, "if self.cost_centre:", "if False:", COST_TESTS),
    Mutant(
        "takes the provider's price for the margin",
        COST_ENTRIES,
        "money.difference(cost, provider_cost)",
        "provider_cost",
        COST_TESTS,
    ),
    Mutant(
        "adds up packs of every scope",
        COST_ENTRIES,
        "for (scope, _), amount in drawn.items() if scope == paying",
        "for _, amount in drawn.items()",
        COST_TESTS,
    ),
    Mutant("forgets minimum fees", COST_ENTRIES, "_line(usage, _MINIMUM_FEE)", "money.ZERO", COST_TESTS),
    Mutant(
        "has one marker for all parts of a record",
        MARKED,
        "writes = [self._marker(request_id, part), *updates]",
        "writes = [self._marker(request_id, _FIRST), *updates]",
        COST_TESTS,
    ),
    Mutant(
        "marks the first part of a record alone",
        MARKED,
        "for part, _ in self._parts(entry):",
        "for part, _ in list(self._parts(entry))[:1]:",
        COST_TESTS,
    ),
    Mutant("has an included quota paid again", BILL, " - billed.included", "", COST_TESTS),
    Mutant("has packs paid again", BILL, "tree.cost - drawn", "tree.cost", COST_TESTS),
    Mutant(
        "tells customers what providers charge",
        BILL_VIEWS,
        '_SECRETS = {"provider_cost", "margin"}',
        '_SECRETS = {"margin"}',
        COST_TESTS,
    ),
    Mutant(
        "leaves out what has no cost centre",
        COST_SUMS,
        "[*sums, *_without(costs, cost_filters.single_sum(filters), span, sums)]",
        "sums",
        COST_TESTS,
    ),
    Mutant(
        "gives all of a key to its first cost centre",
        FOCUS,
        "len(centres) > 1 or counted != whole.requests",
        "False",
        COST_TESTS,
    ),
    Mutant("invoices what packs paid", FOCUS_COLUMNS, " - parts.packs", "", COST_TESTS),
    Mutant("invoices what a quota includes", FOCUS_COLUMNS, " - parts.included", "", COST_TESTS),
    Mutant("lists the providers' price", FOCUS_COLUMNS, '{"ListCost": _CHARGED}', "{}", COST_TESTS),
    Mutant(
        "invoices packs that were given",
        PACK_DEFINITIONS,
        "self.price if self.category is PackCategory.PAID else None",
        "self.price",
        COST_TESTS,
    ),
    Mutant(
        "has the price of a pack used as it is bought",
        FOCUS_COLUMNS,
        '"BilledCost": price,',
        '"BilledCost": price,\n        "EffectiveCost": price,',
        COST_TESTS,
    ),
    Mutant(
        "exports a pack with the days before",
        FOCUS_EXPORT,
        "if each.since <= pack.created_at < each.until",
        "if pack.created_at < each.until",
        COST_TESTS,
    ),
    Mutant(
        "invoices a pack every month",
        BILL_PACKS,
        "self.span.since <= standing.definition.created_at < self.span.until",
        "standing.definition.created_at < self.span.until",
        COST_TESTS,
    ),
    Mutant("bills packs that are over", BILL_PACKS, "self.span.since < ends", "ends", COST_TESTS),
    Mutant("reads a key's first packs alone", BILL_PACKS, "if following is None:", "if True:", COST_TESTS),
]
