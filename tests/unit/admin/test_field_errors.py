"""What the admin API says of a wrong field: plain words, whatever pydantic would say."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tollgate_admin import handler
from tollgate_admin.self_service import app as self_service
from tollgate_admin.web import field_errors
from tollgate_admin.web.wire_types import Amount, Date, Email, RequestModel


class Request(RequestModel):
    email: Email = ""
    day: Date | None = None
    count: Annotated[int, Field(ge=1, le=9)] = 1
    amount: Amount | None = None
    choice: Literal["a", "b"] = "a"
    names: Annotated[list[str], Field(max_length=1)] = Field(default_factory=list)
    text: Annotated[str, StringConstraints(min_length=2)] = ""


def patterns(kind: Any) -> set[str]:
    """All that a type has, however deep: a JSON schema leaves out what stands behind a validator."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return set().union(*map(of_field, kind.model_fields.values()))
    return set().union(
        *(of_metadata(each) for each in getattr(kind, "__metadata__", ())), *map(patterns, get_args(kind))
    )


def of_field(field: FieldInfo) -> set[str]:
    return patterns(field.annotation).union(*map(of_metadata, field.metadata))


def of_metadata(given: Any) -> set[str]:
    if isinstance(given, FieldInfo):
        return set().union(*map(of_metadata, given.metadata))
    pattern = getattr(given, "pattern", None)
    return {pattern} if isinstance(pattern, str) else set()


def declared() -> set[str]:
    """The patterns of what any request may have in its path, its query and its body."""
    found = set()
    for route in (*handler.app.routes, *self_service.app.routes):
        dependant = route.route.dependant
        for each in (*dependant.path_params, *dependant.query_params, *dependant.body_params):
            found |= patterns(each.type_) | of_field(each.field_info)
    return found


PATTERNS = sorted(declared())
# No pattern takes all of these.
TEXTS = ("", " ", "=", "é", "*", "a")


def fault(adapter: TypeAdapter[Any], value: Any) -> Any:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(value)
    (found,) = refused.value.errors()
    return found


def said(**given: Any) -> str:
    return field_errors.sentence_for(fault(TypeAdapter(Request), given), next(iter(given)))


def test_the_patterns_are_found():
    assert len(PATTERNS) > 20
    assert any("@" in each for each in PATTERNS)
    assert {r"^req_[0-9a-z]{1,32}$", r"^[^=]{1,64}$", r"^[^=]+="} < set(PATTERNS)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (dict[str, str], None, "must be an object"),
        (Request, [], "must be an object"),
        (list[str], {}, "must be a list"),
        (tuple[str, ...], None, "must be a list"),
        (Amount, [], "must be a number, or one as a string"),
    ],
)
def test_a_value_of_another_type_is_told_its_type_in_json(kind, value, message):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value, from_attributes=True)
    assert field_errors.sentence_for(refused.value.errors()[0], "field") == message


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_request_is_answered_with_a_regular_expression(pattern):
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    refused = []
    for text in TEXTS:
        try:
            adapter.validate_python(text)
        except ValidationError as error:
            refused += error.errors()
    assert refused
    for each in refused:
        message = field_errors.sentence_for(each, "field")
        assert pattern not in message
        assert message.startswith(("is not ", "must be "))
        assert message != "has an invalid format"


def test_a_pattern_means_the_same_wherever_it_is_declared():
    regex = r"^key_[0-9A-Za-z]{16}$"
    assert field_errors.pattern(regex, "is not the id of a key") == regex
    with pytest.raises(ValueError, match="already stands for 'is not the id of a key', not 'is wrong'"):
        field_errors.pattern(regex, "is wrong")
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[str, StringConstraints(pattern=regex)])
    assert field_errors.sentence_for(fault(adapter, "x"), "field") == "is not the id of a key"


def test_a_pattern_that_says_nothing_of_itself_is_not_shown():
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[str, StringConstraints(pattern="^undeclared$")])
    assert field_errors.sentence_for(fault(adapter, "x"), "field") == "has an invalid format"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"email": "nobody"}, "is not an e-mail address"),
        ({"nope": 1}, "is not a field of this request"),
        ({"day": "tomorrow"}, "must be a date like 2026-01-31"),
        ({"count": 0}, "must be greater than or equal to 1"),
        ({"count": "1"}, "must be a valid integer"),
        ({"count": 1.5}, "must be a valid integer"),
        ({"amount": "0.0000000000000000001"}, "must have no more than 18 decimal places"),
        ({"choice": "c"}, "must be 'a' or 'b'"),
        ({"names": ["a", "b"]}, "must have at most 1 item, not 2"),
        ({"text": "a"}, "must have at least 2 characters"),
        ({"text": 1}, "must be a valid string"),
        ({"cursor": 1}, "is not a field of this request"),
    ],
)
def test_a_fault_is_a_sentence_about_its_field(given, message):
    assert said(**given) == message


def test_a_cursor_of_any_form_is_not_one_of_the_list():
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[str, StringConstraints(max_length=2)])
    assert field_errors.sentence_for(fault(adapter, "long"), "cursor") == "is not a cursor of this list"
