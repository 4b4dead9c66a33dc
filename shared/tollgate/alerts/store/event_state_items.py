"""What has been told of a key besides its budgets, as an item of the alerts table, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.alerts.events.downgrade_events import DowngradeTold
from tollgate.alerts.events.key_events import EventState
from tollgate.alerts.events.pack_events import PacksTold
from tollgate.alerts.store.alert_items import due_attributes
from tollgate.alerts.store.news_items import from_news, to_raise
from tollgate.aws.dynamodb import epoch, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.aws.dynamodb import Item

# The sort key.
NAME = "mark#events"


def from_event_state(key_id: str, state: EventState) -> Item:
    """Without the revision, which is given as it is put."""
    told = state.downgrade.at
    return {
        "key_id": key_id,
        "alert": NAME,
        "metered": state.metered or None,
        "packs_nearly_used": set(state.packs.nearly_used) or None,
        "packs_expiring": set(state.packs.expiring) or None,
        "downgrading": state.downgrade.is_on or None,
        "downgrading_at": None if told is None else epoch(told),
        "raises": {window: from_news(news) for window, news in state.raises.items()} or None,
        **due_attributes(state.look_again_at),
    }


def to_event_state(stored: Mapping[str, Any]) -> EventState:
    return EventState(
        metered=stored.get("metered", ""),
        packs=PacksTold(
            frozenset(stored.get("packs_nearly_used", ())), frozenset(stored.get("packs_expiring", ()))
        ),
        downgrade=DowngradeTold(
            is_on=stored.get("downgrading", False),
            at=moment(stored["downgrading_at"]) if "downgrading_at" in stored else None,
        ),
        raises={window: to_raise(each) for window, each in stored.get("raises", {}).items()},
        look_again_at=moment(stored["due_at"]) if "due_at" in stored else None,
        revision=int(stored["revision"]),
    )
