"""Which sums cost queries can tell apart."""

from __future__ import annotations

from itertools import combinations

import pytest

from tollgate.costs.aggregates import ALL, Dimension
from tollgate_admin.costs.cost_filters import (
    FilterField,
    Filters,
    SingleSum,
    SumsByDimension,
    SumsWithinEach,
    single_sum,
    sums_of_each,
)
from tollgate_admin.web.problems import ProblemError

KEY, MODEL, OWNER, PROVIDER, TAG, CENTRE = FilterField
VALUES = {
    KEY: "key_1",
    MODEL: "small",
    OWNER: "a@b.example",
    PROVIDER: "prv_1",
    TAG: "team=a",
    CENTRE: "4711",
}


def filters(*axes, tree=False):
    return Filters({axis: VALUES[axis] for axis in axes}, tree)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (filters(), SingleSum(Dimension.TOTAL, ALL)),
        (filters(KEY), SingleSum(Dimension.KEY, "key_1")),
        (filters(KEY, tree=True), SingleSum(Dimension.SCOPE, "key_1")),
        (filters(MODEL), SingleSum(Dimension.MODEL, "small")),
        (filters(OWNER), SingleSum(Dimension.OWNER, "a@b.example")),
        (filters(PROVIDER), SingleSum(Dimension.PROVIDER, "prv_1")),
        (filters(TAG), SingleSum(Dimension.TAG, "team=a")),
        (filters(KEY, MODEL), SingleSum(Dimension.KEY_MODEL, "small", "key_1")),
        (filters(KEY, MODEL, tree=True), SingleSum(Dimension.SCOPE_MODEL, "small", "key_1")),
        (filters(KEY, OWNER), SingleSum(Dimension.OWNER_KEY, "key_1", "a@b.example")),
        (filters(CENTRE), SingleSum(Dimension.COST_CENTRE, "4711")),
        (filters(KEY, CENTRE), SingleSum(Dimension.CENTRE_KEY, "key_1", "4711")),
        (filters(MODEL, CENTRE), SingleSum(Dimension.CENTRE_MODEL, "small", "4711")),
        (filters(MODEL, OWNER), SingleSum(Dimension.OWNER_MODEL, "small", "a@b.example")),
    ],
)
def test_one_sum_is_found_by_what_it_is_of(given, place):
    assert single_sum(given) == place


@pytest.mark.parametrize(
    ("axis", "given", "place"),
    [
        (KEY, filters(), SumsByDimension(Dimension.KEY)),
        (KEY, filters(tree=True), SumsByDimension(Dimension.SCOPE)),
        (KEY, filters(MODEL), SumsByDimension(Dimension.MODEL_KEY, "small")),
        (KEY, filters(OWNER), SumsByDimension(Dimension.OWNER_KEY, "a@b.example")),
        (KEY, filters(KEY, tree=True), SingleSum(Dimension.SCOPE, "key_1")),
        (KEY, filters(KEY, MODEL), SingleSum(Dimension.KEY_MODEL, "small", "key_1")),
        (MODEL, filters(), SumsByDimension(Dimension.MODEL)),
        (MODEL, filters(KEY), SumsByDimension(Dimension.KEY_MODEL, "key_1")),
        (MODEL, filters(KEY, tree=True), SumsByDimension(Dimension.SCOPE_MODEL, "key_1")),
        (MODEL, filters(OWNER), SumsByDimension(Dimension.OWNER_MODEL, "a@b.example")),
        (OWNER, filters(), SumsByDimension(Dimension.OWNER)),
        (OWNER, filters(MODEL), SumsWithinEach(Dimension.OWNER_MODEL, "small", Dimension.OWNER)),
        (OWNER, filters(KEY), SumsWithinEach(Dimension.OWNER_KEY, "key_1", Dimension.OWNER)),
        (CENTRE, filters(), SumsByDimension(Dimension.COST_CENTRE)),
        (CENTRE, filters(KEY), SumsWithinEach(Dimension.CENTRE_KEY, "key_1", Dimension.COST_CENTRE)),
        (CENTRE, filters(MODEL), SumsWithinEach(Dimension.CENTRE_MODEL, "small", Dimension.COST_CENTRE)),
        (KEY, filters(CENTRE), SumsByDimension(Dimension.CENTRE_KEY, "4711")),
        (MODEL, filters(CENTRE), SumsByDimension(Dimension.CENTRE_MODEL, "4711")),
        (OWNER, filters(OWNER), SingleSum(Dimension.OWNER, "a@b.example")),
        (PROVIDER, filters(), SumsByDimension(Dimension.PROVIDER)),
    ],
)
def test_sums_of_each_are_found_by_what_they_have_in_common(axis, given, place):
    assert sums_of_each(axis, given) == place


@pytest.mark.parametrize(
    ("axis", "given", "wrong", "message"),
    [
        (KEY, filters(MODEL, OWNER), OWNER, "keyId with costCentre, keyId with model, keyId with owner"),
        (KEY, filters(MODEL, tree=True), "tree", "keyId"),
        (KEY, filters(OWNER, tree=True), "tree", "keyId"),
        (MODEL, filters(tree=True), "tree", "keyId"),
        (MODEL, filters(OWNER, tree=True), "tree", "keyId"),
        (MODEL, filters(KEY, OWNER), OWNER, "model with owner"),
        (OWNER, filters(KEY, MODEL), MODEL, "keyId with owner, model with owner"),
        (PROVIDER, filters(KEY), KEY, "only by provider"),
    ],
)
def test_what_is_not_kept_is_refused_and_says_what_is(axis, given, wrong, message):
    with pytest.raises(ProblemError) as refused:
        sums_of_each(axis, given)
    ((field, said),) = refused.value.errors
    assert field == wrong
    assert message in said


@pytest.mark.parametrize(
    "given",
    [filters(*axes) for count in (2, 3, 4, 5, 6) for axes in combinations(FilterField, count)]
    + [filters(axis, tree=True) for axis in (MODEL, OWNER, PROVIDER, TAG)]
    + [filters(tree=True)],
    ids=str,
)
def test_one_sum_is_either_kept_or_refused_under_a_name_that_was_given(given):
    kept = [{KEY, MODEL}, {KEY, OWNER}, {MODEL, OWNER}, {KEY, CENTRE}, {MODEL, CENTRE}]
    if given.values.keys() in kept and not given.tree:
        single_sum(given)
        return
    with pytest.raises(ProblemError) as refused:
        single_sum(given)
    ((field, _),) = refused.value.errors
    assert field in {*given.values, "tree"}
    assert (field == "tree") is given.tree
