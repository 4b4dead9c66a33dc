"""Of what is told besides how budgets stand."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_EVENTS = "shared/tollgate/alerts/events"
PACK_EVENTS = f"{_EVENTS}/pack_events.py"
METERING = f"{_EVENTS}/metering_events.py"
DOWNGRADING = f"{_EVENTS}/downgrade_events.py"
RAISES = f"{_EVENTS}/raise_events.py"
EVENT_TESTS = ("tests/unit/alerts/test_key_events.py", "tests/integration/alerts/test_event_alerts.py")
ALERT_MUTANTS = [
    Mutant(
        "tells of a used pack again and again",
        PACK_EVENTS,
        "nearly_used - told.nearly_used",
        "nearly_used",
        EVENT_TESTS,
    ),
    Mutant(
        "tells of an ending pack again and again",
        PACK_EVENTS,
        "expiring - told.expiring",
        "expiring",
        EVENT_TESTS,
    ),
    Mutant(
        "tells of a voided pack",
        PACK_EVENTS,
        "pack.expires_at != definition.expires_at",
        "False",
        EVENT_TESTS,
    ),
    Mutant("tells of metering again and again", METERING, "if window == told:", "if False:", EVENT_TESTS),
    Mutant("tells of downgrading again and again", DOWNGRADING, "if told.is_on:", "if False:", EVENT_TESTS),
    Mutant("tells of downgrading too often", DOWNGRADING, "now < told.at + debounce", "False", EVENT_TESTS),
    Mutant("tells of a raise again and again", RAISES, "news != told.get(window) and ", "", EVENT_TESTS),
    Mutant("tells of approvals as of a policy", RAISES, "noted.by is RaisedBy.POLICY and ", "", EVENT_TESTS),
    Mutant("tells of an end that an edit made", RAISES, "balance.limit == news.base", "True", EVENT_TESTS),
    Mutant(
        "moves an event state on that it has not seen",
        "shared/tollgate/alerts/store/alerts_table.py",
        "put_revision(self.client, self.table, new, seen.revision, *others)\n\n    def put(",
        "put_revision(self.client, self.table, new, self.event_state(key_id).revision, *others)\n"
        "\n    def put(",
        EVENT_TESTS,
    ),
]
