"""The door's reading of policies, by the rules of IAM's documentation."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.door.policies import Access, Policies, PolicyError, Statement

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/Keys"
UPDATE = "dynamodb:UpdateItem"


def policies(*written: dict[str, Any]) -> Policies:
    return Policies(Statement.read(f"policy/{place}", each) for place, each in enumerate(written))


def allow(action: Any = UPDATE, resource: Any = TABLE, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(**more: Any) -> dict[str, Any]:
    return {**allow(**more), "Effect": "Deny"}


def condition(operator: str, *values: str, key: str = "dynamodb:Attributes") -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


def update(*attributes: str, **context: list[str]) -> Access:
    named = {f"dynamodb:{name}": values for name, values in context.items()}
    return Access(UPDATE, TABLE, {"dynamodb:Attributes": list(attributes), **named})


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow(), True),
        (allow(["dynamodb:GetItem", UPDATE]), True),
        (allow("dynamodb:GetItem"), False),
        (allow("DynamoDB:updateitem"), True),
        (allow("dynamodb:*"), True),
        (allow("dynamodb:Update?tem"), True),
        (allow("dynamodb:Update"), False),
        (allow(resource="*"), True),
        (allow(resource=f"{TABLE}/index/*"), False),
        (allow(resource=[f"{TABLE}2", TABLE]), True),
        (allow(resource=TABLE.lower()), False),
    ],
)
def test_a_statement_is_about_its_actions_and_resources(statement, allowed):
    assert policies(statement).judge(update("key_id")).allowed is allowed


@pytest.mark.parametrize(
    ("conditions", "access", "allowed"),
    [
        (condition("ForAllValues:StringEquals", "a", "b"), update("a", "b"), True),
        (condition("ForAllValues:StringEquals", "a", "b"), update("a", "c"), False),
        (condition("ForAllValues:StringEquals", "a"), Access(UPDATE, TABLE), True),
        (condition("ForAllValues:StringEquals", "A"), update("a"), False),
        (condition("ForAllValues:StringLike", "a*"), update("a", "ab"), True),
        (condition("ForAllValues:StringLike", "a*"), update("ab", "b"), False),
        (condition("ForAnyValue:StringEquals", "a"), update("a", "c"), True),
        (condition("ForAnyValue:StringEquals", "a"), update("c"), False),
        (condition("ForAnyValue:StringEquals", "a"), Access(UPDATE, TABLE), False),
        (condition("ForAnyValue:StringNotEquals", "a"), update("a", "c"), True),
        (condition("ForAnyValue:StringNotEquals", "a"), update("a"), False),
        (condition("ForAnyValue:StringNotEquals", "a"), Access(UPDATE, TABLE), False),
        (condition("ForAnyValue:StringNotEqualsIfExists", "a"), Access(UPDATE, TABLE), True),
        (condition("StringEquals", "NONE", key="dynamodb:ReturnValues"), update(ReturnValues=["NONE"]), True),
        (condition("StringEquals", "NONE", key="dynamodb:ReturnValues"), update(), False),
        (condition("StringEqualsIfExists", "NONE", key="dynamodb:ReturnValues"), update(), True),
        (
            condition("StringEqualsIfExists", "NONE", key="dynamodb:ReturnValues"),
            update(ReturnValues=["ALL_NEW"]),
            False,
        ),
        (condition("StringNotEquals", "NONE", key="dynamodb:ReturnValues"), update(), True),
        (
            condition("StringNotEquals", "NONE", key="dynamodb:ReturnValues"),
            update(ReturnValues=["NONE"]),
            False,
        ),
    ],
)
def test_a_statement_counts_where_all_of_its_conditions_hold(conditions, access, allowed):
    assert policies(allow(**conditions)).judge(access).allowed is allowed


def test_arns_are_compared_part_by_part():
    like = allow(
        "bedrock:InvokeModel", "*", Condition={"ArnLike": {"bedrock:Profile": "arn:aws:bedrock:eu-*:1:p/*"}}
    )

    def called(profile: str) -> bool:
        return (
            policies(like).judge(Access("bedrock:InvokeModel", "x", {"bedrock:Profile": [profile]})).allowed
        )

    assert called("arn:aws:bedrock:eu-west-1:1:p/q:r")
    assert not called("arn:aws:bedrock:eu-west-1:x:1:p/q")
    assert not called("p/q")


def test_a_denial_counts_before_any_allowance_and_says_so():
    protected = policies(allow(), deny(**condition("ForAnyValue:StringEquals", "secret_hash")))
    assert protected.judge(update("holds")).allowed
    denied = protected.judge(update("holds", "secret_hash"))
    assert (denied.allowed, denied.explicit) == (False, True)
    assert [each.name for each in denied.statements] == ["policy/1"]
    without = policies().judge(update())
    assert (without.allowed, without.explicit, without.statements) == (False, False, ())


def test_a_denial_of_all_else_spares_what_it_names():
    logs = "arn:aws:logs:us-east-1:1:log-group"
    spared = {"Effect": "Deny", "Action": "logs:*", "NotResource": [f"{logs}:own:*"]}
    protected = policies(allow("logs:PutLogEvents", "*"), spared)
    assert protected.judge(Access("logs:PutLogEvents", f"{logs}:own:log-stream:a")).allowed
    assert not protected.judge(Access("logs:PutLogEvents", f"{logs}:other:log-stream:a")).allowed


@pytest.mark.parametrize(
    "unknown",
    [
        condition("ForAllValues:NumericLessThan", "a"),
        condition("StringLikeIfExist", "a"),
        condition("ForAllValues:StringEquals", "${aws:userid}"),
        condition("StringEquals", "a", key="dynamodb:LeadingKey"),
        {"Condition": {"StringEquals": {"dynamodb:Select": 1}}},
        {"NotAction": "dynamodb:GetItem"},
        {"Effect": "Permit"},
    ],
)
def test_what_isnt_known_is_an_error_and_never_a_judgement(unknown):
    with pytest.raises(PolicyError):
        policies({**allow(), **unknown})


def test_several_values_where_one_is_compared_are_an_error():
    with pytest.raises(PolicyError):
        policies(allow(**condition("StringEquals", "a"))).judge(update("a", "b"))
