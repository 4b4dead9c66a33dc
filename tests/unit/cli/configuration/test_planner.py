"""From files and what is there to a plan: what differs, what is left alone, and what is refused."""

from __future__ import annotations

import pytest

from tests.support.shown_things import KEY, MODEL, PROVIDER, gateway, key
from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.exporting import export
from tollgate_cli.configuration.files import source_files, yaml_writing
from tollgate_cli.configuration.files.places import FaultyError
from tollgate_cli.configuration.planning import plan_document, plan_text, planner
from tollgate_cli.configuration.planning.plan import Action, Comparisons, Secret


@pytest.fixture
def planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def plan(document, there, *, comparisons=None, **options):
        (tmp_path / "a.yaml").write_text(
            yaml_writing.written({"version": 1, "label": "platform", **document})
        )
        configuration = source_files.load(["a.yaml"])
        return planner.plan(configuration, there, comparisons or Comparisons(), **options)

    return plan


def text(plan):
    return [line.text for line in plan_text.lines(plan, 80)]


def refusal(planned, document, there, **options):
    with pytest.raises(FaultyError) as refused:
        planned(document, there, **options)
    return [str(fault) for fault in refused.value.faults]


def test_what_is_not_named_is_not_touched_and_null_removes(planned):
    there = gateway(
        keys=[key("a", budgetLimit="5", rpmLimit=10, tags={"team": "x"}, ownerEmail="o@example.com")]
    )
    plan = planned({"keys": [{"externalId": "a", "rpmLimit": None}]}, there)
    assert text(plan) == ["~ key a: rpmLimit 10 → (none)", "", "1 to change."]
    (change,) = plan.changes
    assert (change.id, change.revision) == (there.keys["a"].id, 7)


@pytest.mark.parametrize(
    "named",
    [
        {"budgetLimit": "5.00"},
        {"allowedModels": ["b", "a", "b"]},
        {"expiresAt": "2101-01-01T01:00:00.000999+01:00"},
        {"tags": {"team": "search", "a": "b"}},
        {"budgetAlertThresholds": None, "alertDebounceSeconds": None},
        {"downgrade": {"rules": [{"from": "a", "to": ["b"]}]}},
        {"priorityReserves": {"low": {"upToPercent": 80}}},
        {"scheduledPriceFactors": [{"factor": 0, "from": None}]},
        {"name": "A key", "parent": None, "enforcement": "soft"},
    ],
)
def test_what_means_the_same_is_no_difference(planned, named):
    there = gateway(
        keys=[
            key(
                "a",
                budgetLimit="5",
                allowedModels=["a", "b"],
                expiresAt="2101-01-01T00:00:00.000Z",
                tags={"a": "b", "team": "search"},
                downgrade={
                    "rules": [{"from": "a", "to": ["b"]}],
                    "enterPercent": 90,
                    "exitPercent": 80,
                    "switchConversations": False,
                },
                priorityReserves={
                    "low": {"upToPercent": 80, "policy": "shed"},
                    "normal": {"upToPercent": 95, "policy": "shed"},
                    "high": {"upToPercent": 100, "policy": "shed"},
                    "pacingSlackPercent": None,
                },
                scheduledPriceFactors=[{"factor": "0", "from": None, "until": None, "models": None}],
            )
        ],
        models=[{**MODEL, "systemName": name} for name in "ab"],
    )
    assert planned({"keys": [{"externalId": "a", **named}]}, there).changes == ()


def test_a_temporary_raise_is_neither_a_difference_nor_undone_unless_its_limit_changes(planned):
    raised = {
        "window": "total",
        "limit": "80",
        "fallsBackTo": "50",
        "until": "2101-01-01T00:00:00.000Z",
        "by": "admin",
    }
    there = gateway(keys=[key("a", budgetLimit="80", temporaryLimits=[raised])])
    assert planned({"keys": [{"externalId": "a", "budgetLimit": 50}]}, there).changes == ()
    assert text(planned({"keys": [{"externalId": "a", "budgetLimit": 60}]}, there))[:2] == [
        "~ key a: budgetLimit 50 → 60",
        "    ! ends the temporary raise of budgetLimit to 80 until",
    ]


def test_nothing_of_another_label_is_changed_and_nothing_unlabelled_is_unless_it_is_adopted(planned):
    document = {"keys": [{"externalId": "a", "rpmLimit": 5}]}
    assert refusal(planned, document, gateway(keys=[key("a", managedBy="others")])) == [
        "a.yaml:5: The key a carries the label others, not platform: it belongs to other files."
    ]
    unlabelled = gateway(keys=[key("a", managedBy=None)])
    plan = planned(document, unlabelled)
    assert (plan.unlabelled, plan.contested) == (("key a",), ("key a",))
    assert (
        text(planned(document, unlabelled, adopt=True))[0]
        == "~ key a: rpmLimit (none) → 5, label (none) → platform"
    )
    same = planned({"keys": [{"externalId": "a"}]}, unlabelled)
    assert (same.changes, same.unlabelled, same.contested) == ((), ("key a",), ())


def test_pruning_takes_only_what_carries_the_label_children_first(planned):
    used = key("used", parentId="key_up", path=["key_up", "key_used"], lastUsedAt="2026-11-01T00:00:00.000Z")
    there = gateway(
        providers=[
            {**PROVIDER, "name": "old", "id": "prv_old"},
            {**PROVIDER, "name": "theirs", "id": "x", "managedBy": None},
        ],
        models=[
            {**MODEL, "systemName": "old", "id": "mdl_old", "providerId": "prv_old"},
            {**MODEL, "managedBy": "others"},
        ],
        keys=[
            key("up"),
            used,
            key("fresh"),
            key("hers", managedBy=None),
            key("gone", status="revoked", lastUsedAt="2026-11-01T00:00:00.000Z"),
        ],
    )
    plan = planned({}, there, prune=True)
    assert text(plan) == [
        "- key used revoked, for it was used (carries platform; in no file)",
        "- key up revoked, for it was used (carries platform; in no file)",
        "- key fresh (carries platform; in no file)",
        "- model old (carries platform; in no file)",
        "- provider old (carries platform; in no file)",
        "",
        "3 to delete, 2 to revoke.",
    ]
    assert planned({}, there).changes == ()


def test_what_stays_keeps_what_it_needs_from_being_pruned(planned):
    there = gateway(
        providers=[{**PROVIDER, "name": "old", "id": "prv_old"}],
        models=[{**MODEL, "providerId": "prv_old", "managedBy": None}],
        keys=[key("up"), key("hers", parentId="key_up", path=["key_up", "key_hers"], managedBy=None)],
    )
    assert refusal(planned, {}, there, prune=True) == [
        "The key up is in no file, so it would be pruned, but the key hers below it stays: move that key, "
        "or put its parent back into a file.",
        "The provider old is in no file, so it would be pruned, but it serves model small.",
    ]
    # In a file, the parent stays, and its child is nobody's business.
    assert (
        planned({"keys": [{"externalId": "up"}], "providers": [{"name": "old"}]}, there, prune=True).changes
        == ()
    )
    # Moved away by the same files, the child is in nobody's way, and the parent is deleted, not revoked.
    moved = {"keys": [{"externalId": "hers", "parent": None}], "providers": [{"name": "old"}]}
    actions = [change.action for change in planned(moved, there, prune=True, adopt=True).changes]
    assert actions == [Action.EDIT, Action.DELETE]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"keys": [{"externalId": "new"}]}, "a.yaml:5: The key new is new, and needs `name`."),
        (
            {"keys": [{"externalId": "a", "parent": "none"}]},
            "a.yaml:6: The key a names the parent none, which is in no",
        ),
        (
            {"models": [{"systemName": "m", "provider": "p", "modelType": "chat"}]},
            "a.yaml:6: The model m names the provider p,",
        ),
        (
            {"models": [{"systemName": "small", "modelType": "embedding"}]},
            "a.yaml:6: modelType of the model small is chat and",
        ),
        (
            {"providers": [{"name": "openai", "type": "anthropic"}]},
            "a.yaml:6: type of the provider openai is openai and",
        ),
        (
            {"keys": [{"externalId": "a", "quotaLimit": None, "quotaZone": "UTC"}]},
            "a.yaml:7: quotaZone of the key a needs a",
        ),
        (
            {"keys": [{"externalId": "a", "parent": "b"}]},
            "a.yaml:6: Keys can't be above themselves: a → b → a.",
        ),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_is_sent(planned, document, said):
    below = key("b", parentId="key_a", path=["key_a", "key_b"])
    there = gateway(providers=[PROVIDER], models=[MODEL], keys=[key("a"), below])
    assert any(said in each for each in refusal(planned, document, there))


def test_models_that_there_will_not_be_are_noted_where_keys_name_them(planned):
    document = {"keys": [{"externalId": "a", "allowedModels": ["small", "smal"]}]}
    plan = planned(document, gateway(models=[MODEL], keys=[key("a")]))
    assert plan.notes == ("a.yaml:6: the key a names the model smal, which there won't be.",)


def test_a_revoked_key_stays_so_and_that_is_said(planned):
    plan = planned({"keys": [{"externalId": "a"}]}, gateway(keys=[key("a", status="revoked")]))
    assert plan.changes == ()
    assert "The key a is revoked." in plan.notes[0]


def test_prices_are_compared_field_by_field_and_alternatives_as_a_list(planned):
    alternative = {
        **{
            name: MODEL[name] for name in ("inputPrice", "outputPrice", "tiers", "requestPrice", "toolPrices")
        },
        "providerId": "prv_1",
        "remoteId": "other",
        "weight": 1,
        "priority": 0,
        "ownPrices": False,
    }
    there = gateway(providers=[PROVIDER], models=[{**MODEL, "alternatives": [alternative]}])
    same = {
        "systemName": "small",
        "inputPrice": 1,
        "tiers": [],
        "source": None,
        "effectiveAt": "2020-01-01T00:00:00Z",
    }
    assert (
        planned(
            {"models": [{**same, "alternatives": [{"provider": "openai", "remoteId": "other"}]}]}, there
        ).changes
        == ()
    )
    priced = {"provider": "openai", "remoteId": "other", "inputPrice": 1}
    plan = planned(
        {"models": [{"systemName": "small", "inputPrice": "1.10", "alternatives": [priced]}]}, there
    )
    assert text(plan)[:3] == [
        "~ model small: inputPrice 1 → 1.1, alternatives[0].inputPrice (none) → 1",
        "",
        "1 to change.",
    ]


def test_an_alternative_whose_name_at_the_provider_is_null_has_the_models(planned):
    rates = {
        name: MODEL[name] for name in ("inputPrice", "outputPrice", "tiers", "requestPrice", "toolPrices")
    }
    places = {"providerId": "prv_1", "remoteId": "small", "weight": 1, "priority": 0, "ownPrices": False}
    there = gateway(
        providers=[PROVIDER], models=[{**MODEL, "remoteId": "other", "alternatives": [{**rates, **places}]}]
    )
    null = {"provider": "openai", "remoteId": None}
    named = {"systemName": "small", "alternatives": [null]}
    assert planned({"models": [{**named, "remoteId": "other"}]}, there).changes == ()
    with pytest.raises(FaultyError, match="has the provider openai twice under the name small"):
        planned({"models": [{**named, "remoteId": "small"}]}, there)


def test_what_was_empty_and_gets_parts_shows_by_these_alone(planned):
    document = {"keys": [{"externalId": "a", "tags": {"team": "search"}}]}
    plan = planned(document, gateway(keys=[key("a", tags={}, managedBy="platform")]))
    assert text(plan)[0] == "~ key a: tags.team (none) → search"


@pytest.mark.parametrize("known", [Secret.SAME, Secret.UNKNOWN, Secret.DIFFERENT])
def test_a_providers_key_is_a_change_if_it_is_another_one_and_never_shown(planned, known):
    document = {"providers": [{"name": "openai", "apiKey": {"env": "OPENAI_API_KEY"}}]}
    plan = planned(document, gateway(providers=[PROVIDER]), comparisons=Comparisons({"openai": known}))
    if known is not Secret.DIFFERENT:
        assert plan.changes == ()
        return
    assert text(plan)[0] == "~ provider openai: apiKey from the environment variable OPENAI_API_KEY"
    (field,) = plan_document.document(plan)["changes"][0]["fields"]
    assert field == {"field": "apiKey", "secret": {"env": "OPENAI_API_KEY"}}


def test_settings_are_compared_by_what_is_in_force_and_null_takes_back_what_was_set(planned):
    document = {"settings": {"defaultMaxParallel": 100, "defaultRpmLimit": None, "defaultTpmLimit": None}}
    assert text(planned(document, gateway()))[0] == "~ settings: defaultTpmLimit 9 → (none)"


def test_texts_cannot_command_a_terminal_or_break_out_of_a_comment(planned):
    document = {"keys": [{"externalId": "a\u202e", "name": "```\u200e x\u009b2J"}]}
    plan = planned(document, gateway())
    shown = plan_document.markdown(plan)
    assert not {"\u202e", "\u200e", "\u009b"} & {*shown, *"".join(text(plan))}
    assert shown.count("````") == 2


def test_keys_come_after_those_above_them_whatever_the_order_of_the_file(planned):
    keys = [
        {"externalId": name, "name": name, "parent": parent}
        for name, parent in (("c", "b"), ("b", "a"), ("a", None))
    ]
    plan = planned({"keys": keys}, gateway())
    assert [change.name for change in plan.changes] == ["a", "b", "c"]
    assert {change.kind for change in plan.changes} == {Kind.KEY}
    assert KEY["managedBy"] == plan.label


def test_that_a_key_goes_to_another_host_is_said(planned):
    """For whoever reviews a change of the URL alone."""
    document = {
        "providers": [
            {
                "name": "openai",
                "baseUrl": "https://elsewhere.example.com/v1",
                "apiKey": {"env": "OPENAI_API_KEY"},
            }
        ]
    }
    known = Comparisons({"openai": Secret.SAME})
    lines = text(planned(document, gateway(providers=[PROVIDER]), comparisons=known))
    assert "    ! its apiKey is sent there, too" in lines


ELSEWHERE = {"api": "messages", "baseUrl": "https://gpu.example.com/v1", "authHeader": "x-api-key"}
# What the gateway has, what the file says, and whether that is something else.
APIS = {
    "what type and vendor tell": (
        None,
        [{"api": api} for api in ("images", "responses", "embeddings", "chat")],
    ),
    "a route behind it": ([ELSEWHERE], [{**ELSEWHERE, "baseUrl": "https://gpu.example.com/v1/messages"}]),
    "without a version": ([ELSEWHERE], [{**ELSEWHERE, "baseUrl": "https://gpu.example.com"}]),
    "null for none": (None, None),
}


def with_apis(shown):
    return PROVIDER if shown is None else {**PROVIDER, "apis": shown, "apisStated": True}


@pytest.mark.parametrize(("shown", "declared"), APIS.values(), ids=APIS)
def test_apis_are_compared_as_the_gateway_completes_them(planned, shown, declared):
    document = {"providers": [{"name": "openai", "apis": declared}]}
    assert planned(document, gateway(providers=[with_apis(shown)])).changes == ()


def test_apis_that_differ_take_the_key_along(planned):
    """They may be at another host."""
    document = {"providers": [{"name": "openai", "apis": [ELSEWHERE], "apiKey": {"env": "OPENAI_API_KEY"}}]}
    known = Comparisons({"openai": Secret.SAME})
    plan = planned(document, gateway(providers=[PROVIDER]), comparisons=known)
    assert "    ! its apiKey is sent there, too" in text(plan)
    assert plan.changes[0].named == {"apis": [ELSEWHERE]}
    taken_back = {"providers": [{"name": "openai", "apis": None}]}
    assert planned(taken_back, gateway(providers=[with_apis([ELSEWHERE])])).changes[0].named == {"apis": None}


def test_an_export_leaves_out_what_follows_of_apis():
    apis = [
        {"api": "chat", "baseUrl": "https://api.openai.com/v1", "authHeader": "authorization"},
        {"api": "responses", "baseUrl": "https://root.example.com", "authHeader": "authorization"},
        ELSEWHERE,
    ]
    (written,) = export(gateway(providers=[with_apis(apis)]), "platform").document["providers"]
    assert written["apis"] == [
        {"api": "chat"},
        {"api": "responses", "baseUrl": "https://root.example.com/chat/completions"},
        ELSEWHERE,
    ]
    (unstated,) = export(gateway(providers=[PROVIDER]), "platform").document["providers"]
    assert "apis" not in unstated


def test_remarks_of_a_comment_mention_nobody_and_link_nothing(planned):
    remark = "apiKey (a\n# <b>`@org/team` https://evil.example.com.yaml:1)"
    plan = planned({}, gateway(), comparisons=Comparisons(not_compared=(remark, *["x" * 600] * 30)))
    shown = plan_document.markdown(plan).splitlines()
    (found,) = [line for line in shown if "@org/team" in line]
    assert found == (r"- `` Not compared: apiKey (a\n# <b>`@org/team` https://evil.example.com.yaml:1) ``")
    assert shown[-1] == "- and 11 more"
    assert len("\n".join(shown)) < 15_000
