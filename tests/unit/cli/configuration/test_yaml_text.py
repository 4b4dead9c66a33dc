"""YAML as configuration reads it: exactly, and without surprises."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollgate_cli.configuration.files import yaml_text, yaml_writing
from tollgate_cli.configuration.files.places import FaultyError


def read(text):
    return yaml_text.read(text.encode(), "a.yaml")[0]


def fault(content):
    with pytest.raises(FaultyError) as refused:
        yaml_text.read(content if isinstance(content, bytes) else content.encode(), "a.yaml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0.1", Decimal("0.1")),
        ("1.10", Decimal("1.10")),
        ("10", 10),
        ("-3", -3),
        ("1e3", Decimal("1e3")),
        (".5", Decimal(".5")),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        # Text in YAML 1.2, though not in YAML 1.1.
        ("yes", "yes"),
        ("off", "off"),
        ("12:30", "12:30"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".inf", ".inf"),
        ("=", "="),
        ("<<", "<<"),
        ("'10'", "10"),
        ('"true"', "true"),
    ],
)
def test_scalars_are_read_as_yaml_1_2_has_them_with_all_their_digits(written, meant):
    value = read(f"field: {written}\n")["field"]
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3: `a` is here twice: also in line 1."),
        ("a:\n  - b: 1\n    b: 2\n", "a.yaml:3: `b` is here twice: also in line 2."),
        ("a: &x 1\nb: *x\n", "a.yaml:1: Anchors (&) and aliases (*) are not taken: write it out."),
        (
            "a: !!python/object:os.system 1\n",
            "a.yaml:1: Tags (tag:yaml.org,2002:python/object:os.system) are not",
        ),
        ("a: 1\n---\nb: 2\n", "a.yaml:2: A file has one document"),
        ("a: [1,\nb: 2\n", "a.yaml:3: This is not YAML: "),
        ("a: 1\n\tb: 2\n", "a.yaml:2: This is not YAML: "),
        ("? [a]\n: 1\n", "a.yaml:1: A field's name must be text."),
        ("", "a.yaml:1: The file is empty."),
        ("# nothing\n", "a.yaml:1: The file is empty."),
        ("a: " + "[" * 100 + "]" * 100, "a.yaml:1: This is nested too deeply."),
        (b"a: 1\nb: \xff\n", "a.yaml:2: The file is not in UTF-8."),
        ("a: \x07\n", "a.yaml:1: This is not YAML: "),
        (b"#" * 5_000_001, "a.yaml:1: The file is longer than 5 MB."),
    ],
)
def test_what_can_surprise_is_refused_with_its_line(text, said):
    assert said in fault(text)


def test_a_file_that_unfolds_to_gigabytes_is_refused_at_its_first_anchor():
    levels = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    assert "a.yaml:1: Anchors" in fault("\n".join(levels))


def test_lines_are_those_of_fields_and_of_a_lists_items():
    _, places = yaml_text.read(b"a:\n  b: 1\n\nc:\n  - d: 2\n  - e: 3\n", "a.yaml")
    assert [places.of(*path).line for path in (("a",), ("a", "b"), ("c", 1), ("c", 1, "e"))] == [1, 2, 6, 6]
    # Of what isn't there, it is the line around it.
    assert str(places.under("c", 0).of("x", "y")) == "a.yaml:5"


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"), max_size=8
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS


def _nested(inner):
    names = st.sampled_from(["a", "no", "1"])
    return st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)


@given(st.recursive(SCALARS, _nested, max_leaves=8))
def test_what_is_written_is_read_as_the_same(value):
    assert read(yaml_writing.written({"field": value})) == {"field": value}
