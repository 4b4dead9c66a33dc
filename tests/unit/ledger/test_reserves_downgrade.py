"""A reserve that has a cheaper model serve what it keeps back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import KEY, NOW, admission, scope
from tollgate.ledger import decide
from tollgate.ledger.admissions import DowngradeError, HoldAttempt, Switching
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves, ReservePolicy
from tollgate.ledger.scopes import Priority
from tollgate.pricing import price_terms
from tollgate.refusals import Reason, RefusedError

KEEPING = PriorityReserves({Priority.NORMAL: ClassReserve(50, ReservePolicy.DOWNGRADE)})
RULES = Downgrade((DowngradeRule("small", ("tiny",)),))


def again(downgrade: Downgrade | None, **asked: Any) -> HoldAttempt:
    seen = scope(used="5", priority_reserves=KEEPING, downgrade=downgrade)
    asking = replace(admission(), **{"switching": Switching.FREE, **asked})
    tariff = price_terms.tariff((seen.price_terms,), asking.model, NOW)
    attempt = HoldAttempt(asking.demand.max_claim(tariff), tariff, NOW)
    return decide.reconsider(seen, asking, attempt, own=True)


def test_it_names_the_models_that_may_serve_it_instead_and_why_it_is_refused_otherwise():
    with pytest.raises(DowngradeError) as error:
        again(RULES)
    assert error.value.to == ("tiny",)
    assert error.value.refused is not None
    assert error.value.refused.reason is Reason.BUDGET_RESERVED


@pytest.mark.parametrize(
    ("downgrade", "asked"),
    [
        (None, {}),
        (RULES, {"model": "large"}),
        (RULES, {"switching": Switching.NEVER}),
    ],
    ids=["without rules", "without a rule for the model", "whose model stays"],
)
def test_it_sheds_what_no_other_model_may_serve(downgrade, asked):
    with pytest.raises(RefusedError) as error:
        again(downgrade, **asked)
    assert error.value.reason is Reason.BUDGET_RESERVED


def test_what_another_model_was_chosen_for_is_let_in():
    following = again(RULES, model="tiny", reserved_at=frozenset({KEY.key_id}))
    assert following.known is not None
