"""Configuration as code, whatever the configuration: applied it is there, and nothing more is to be done."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, given, settings

from tests.support.drawn_configurations import IDENTITIES, PRICE_FIELDS, configurations, parts

# CONFIGURATION_EXAMPLES=200 asks more than a test run has the time for.
EXAMPLES = int(os.environ.get("CONFIGURATION_EXAMPLES", "4"))
PROPERTY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    # Each example takes seconds: what fails is not looked for smaller.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


def applied(gateway, document, *options):
    ran = gateway.apply(document, *options)
    assert ran.code == 0, ran.stdout + ran.stderr


def replaced(gateway, document, *options):
    """Whether it could be applied over what is there.

    What is there and not named can be in its way: that is said before anything is sent.
    """
    line = gateway.line()
    ran = gateway.apply(document, *options, line=line)
    assert ran.code == 0 or (ran.code, line.writes) == (2, []), ran.stdout + ran.stderr
    return ran.code == 0


def require_nothing_to_do(gateway, document):
    difference = gateway.diff(document)
    assert (difference.code, difference.stdout) == (0, "No differences.\n"), difference.stdout
    line = gateway.line()
    again = gateway.apply(document, line=line)
    assert (again.code, line.writes) == (0, [])


@PROPERTY
@given(document=configurations())
def test_what_was_applied_is_there_and_a_second_apply_writes_nothing(gateways, document):
    with gateways() as gateway:
        applied(gateway, document)
        require_nothing_to_do(gateway, document)


@PROPERTY
@given(document=configurations())
def test_an_export_differs_in_nothing_and_makes_an_empty_gateway_the_same(gateways, document):
    with gateways() as gateway, gateways() as other:
        applied(gateway, document)
        text = gateway.exported()
        file = gateway.folder / "exported.yaml"
        file.write_text(text)
        variables = {f"{name}_API_KEY": "sk-of-the-provider" for name in ("ALPHA", "BETA", "GAMMA_3")}
        gateway.environment = other.environment = variables
        difference = gateway.run("diff", "-f", str(file))
        assert (difference.code, difference.stdout) == (0, "No differences.\n"), text
        ran = other.run("apply", "-f", str(file), "--yes")
        assert ran.code == 0, ran.stdout + ran.stderr
        assert other.exported() == text


@PROPERTY
@given(before=configurations(), after=configurations())
def test_another_configuration_takes_the_place_of_the_first(gateways, before, after):
    with gateways() as gateway:
        applied(gateway, before)
        if replaced(gateway, after):
            require_nothing_to_do(gateway, after)


@PROPERTY
@given(before=configurations(), after=configurations())
def test_pruning_leaves_exactly_what_the_files_name(gateways, before, after):
    with gateways() as gateway:
        applied(gateway, before)
        if not replaced(gateway, after, "--prune", "--allow-empty"):
            return
        for section, there in (
            ("providers", gateway.providers()),
            ("models", gateway.models()),
            ("keys", gateway.keys()),
        ):
            assert there.keys() == {each[IDENTITIES[section]] for each in after[section]}
        require_nothing_to_do(gateway, after)


# What says when something was changed, or follows from what keys and models above or beside have.
FOLLOWS = {
    *("revision", "updatedAt", "selfNamed", "priceTermsInEffect", "alternatives"),
    *("priceVersion", "effectiveAt", "fromCatalog", "priced", "quotaAllowance", "quotaRemaining"),
}


def named_of(document, section):
    """The fields that a document names, by the names of its things."""
    return {each[IDENTITIES[section]]: set(each) for each in document[section]}


@PROPERTY
@given(drawn=parts())
def test_a_file_touches_nothing_that_it_does_not_name(gateways, drawn):
    whole, part = drawn
    with gateways() as gateway:
        applied(gateway, whole)
        before = {"providers": gateway.providers(), "models": gateway.models(), "keys": gateway.keys()}
        settings_before = gateway.admin("GET", "/settings").json
        applied(gateway, part)
        after = {"providers": gateway.providers(), "models": gateway.models(), "keys": gateway.keys()}
        for section, things in before.items():
            named = named_of(part, section)
            assert after[section].keys() == things.keys()
            for name, thing in things.items():
                touched = with_inherited(named.get(name, set()))
                changed = {field for field, value in thing.items() if after[section][name][field] != value}
                assert changed <= touched | FOLLOWS, (section, name)
        settings_after = gateway.admin("GET", "/settings").json
        changed = {name for name, value in settings_before.items() if settings_after[name] != value}
        assert changed <= {*part["settings"], "revision"}
        require_nothing_to_do(gateway, part)


def with_inherited(named):
    """With what shows whether a field is the thing's own, and with what goes with a price and a vendor."""
    inherited = {f"{name}Inherited" for name in named}
    if named & {"apis", "vendor"}:
        inherited |= {"apis", "apisStated"}
    return named | inherited | ({"source", "sourcedAt"} if named & {*PRICE_FIELDS} else set())
