"""Files and folders become one configuration, or it is said what is wrong with each, and where."""

from __future__ import annotations

import pytest

from tests.support.cli_runner import run
from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.files import source_files
from tollgate_cli.configuration.files.places import FaultyError

HEAD = "version: 1\nlabel: platform\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def faults(folder, text, **others):
    for name, content in {"a": text, **others}.items():
        (folder / f"{name}.yaml").write_text(content)
    with pytest.raises(FaultyError) as refused:
        source_files.load([f"{name}.yaml" for name in ("a", *others)])
    return [str(each) for each in refused.value.faults]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (
            "keys: [{externalId: a, nane: A}]",
            "a.yaml:3: there is no field `keys[0].nane`; did you mean `name`?",
        ),
        ("kyes: []", "a.yaml:3: there is no field `kyes`; did you mean `keys`?"),
        ("keys:\n  - name: A", "a.yaml:4: keys[0]: `externalId` is missing"),
        ("keys: [{externalId: 5}]", "a.yaml:3: keys[0].externalId: must be text, not 5; put it in quotes"),
        (
            "keys: [{externalId: a, rpmLimit: '5'}]",
            "keys[0].rpmLimit: must be a whole number or null, not `5`",
        ),
        ("keys: [{externalId: a, keepBodies: yes}]", "must be true or false, not `yes`; YAML 1.2 has `true`"),
        ("keys: [{externalId: a, budgetLimit: -1}]", "keys[0].budgetLimit: must be at least 0, not -1"),
        ("keys: [{externalId: a, budgetLimit: 1e3 USD}]", "keys[0].budgetLimit: must match"),
        ("keys: [{externalId: a, enforcement: firm}]", "must be soft or hard, not `firm`"),
        (
            "keys: [{externalId: a, expiresAt: tomorrow}]",
            "must be written like 2026-01-31T23:59:59Z, not `tomorrow`",
        ),
        ("keys: [{externalId: a, tags: {x=y: b}}]", "keys[0].tags: the name `x=y` must match"),
        ("keys: [{externalId: ' a'}]\nmodels: [{systemName: '!'}]", "models[0].systemName: must match"),
        ("keys: {}", "a.yaml:3: keys: must be a list, not a mapping of fields"),
        (
            "models: [{systemName: m, alternatives: [{weight: 2}]}]",
            "models[0].alternatives[0]: `provider` is missing",
        ),
    ],
)
def test_what_the_schema_does_not_take_is_said_with_file_line_and_field(folder, section, said):
    assert any(said in each for each in faults(folder, HEAD + section + "\n")), faults(folder, HEAD + section)


@pytest.mark.parametrize(
    "key",
    [
        "apiKey: sk-live-secret",
        "apiKey: {env: 'sk-live-secret'}",
        "apiKey: {sk-live-secret: x}",
        "apiKey: [sk-live-secret]",
    ],
)
def test_a_secret_that_stands_in_a_file_is_refused_and_never_repeated(folder, key):
    (said,) = faults(folder, f"{HEAD}providers:\n  - name: p\n    {key}\n")
    assert said.startswith("a.yaml:5: providers[0].apiKey")
    assert said.endswith("must be {env: VARIABLE} or {ssm: PARAMETER}; the secret itself stands in no file")
    assert "sk-live" not in said


def test_version_and_label_are_required_and_the_version_is_known(folder):
    assert faults(folder, "keys: []\n") == ["a.yaml:1: `version` and `label` are missing"]
    assert faults(folder, "version: 2\nlabel: a\n") == ["a.yaml:1: version: must be 1, not 2"]
    assert faults(folder, "- a\n") == ["a.yaml:1: The file must be a mapping with `version` and `label`."]


def test_files_have_one_label_and_name_each_thing_once(folder):
    one = f"{HEAD}settings: {{defaultRpmLimit: 1}}\nkeys:\n  - externalId: k\n"
    other = f"{HEAD}settings: {{defaultRpmLimit: 2}}\nkeys:\n  - externalId: k\n"
    assert faults(folder, one, b=other) == [
        "b.yaml:3: settings.defaultRpmLimit is here twice: also in a.yaml:3.",
        "b.yaml:5: The key k is here twice: also in a.yaml:5.",
    ]
    assert faults(folder, HEAD, b="version: 1\nlabel: other\n") == [
        "b.yaml:2: The label is other, but platform in a.yaml:2."
    ]


def test_keys_that_are_above_themselves_are_named_with_both_places(folder):
    ring = f"{HEAD}keys:\n  - externalId: a\n    parent: b\n  - externalId: b\n    parent: a\n"
    assert faults(folder, ring) == ["a.yaml:5: Keys can't be above themselves: a → b → a (also a.yaml:7)."]
    assert faults(folder, f"{HEAD}keys: [{{externalId: a, parent: a}}]\n") == [
        "a.yaml:3: Keys can't be above themselves: a → a."
    ]


def test_all_that_is_wrong_is_said_at_once(folder):
    assert len(faults(folder, f"{HEAD}a: 1\nb: 2\n", b="a: [", c=f"{HEAD}c: 3\n")) == 4


def test_files_and_folders_add_up_without_what_lies_below_or_is_hidden(folder):
    (folder / "more" / "below").mkdir(parents=True)
    (folder / "a.yaml").write_text(f"{HEAD}settings: {{defaultRpmLimit: 1}}\n")
    (folder / "more" / "b.yml").write_text(
        f"{HEAD}settings: {{defaultTpmLimit: 2}}\nkeys: [{{externalId: b}}]\n"
    )
    (folder / "more" / "c.yaml").write_text(f"{HEAD}keys: [{{externalId: c}}]\n")
    for ignored in ("more/.d.yaml", "more/e.txt", "more/below/f.yaml"):
        (folder / ignored).write_text("not read")
    read = source_files.load(["a.yaml", "more", "more/c.yaml"])
    assert read.label == "platform"
    assert list(read.of(Kind.KEY)) == ["b", "c"]
    assert read.of(Kind.SETTINGS)[""].fields == {"defaultRpmLimit": 1, "defaultTpmLimit": 2}


@pytest.mark.parametrize(
    ("source", "said"),
    [("none.yaml", "none.yaml can't be read: No such file"), ("empty", "The folder empty has no *.yaml")],
)
def test_a_source_that_is_not_there_is_said(folder, source, said):
    (folder / "empty").mkdir()
    with pytest.raises(FaultyError, match=said.replace("*", r"\*")):
        source_files.load([source])


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "TOLLGATE_TOKEN"])
def test_no_credential_of_the_machine_becomes_a_providers(folder, name):
    text = f"version: 1\nlabel: a\nproviders:\n- name: p\n  apiKey: {{env: {name}}}\n"
    assert faults(folder, text) == [
        f"a.yaml:5: apiKey: {name} opens something else than a provider, who would get it."
    ]


def test_a_link_in_a_folder_leads_to_files_alone(folder):
    (folder / "b.yaml").symlink_to("/dev/zero")
    with pytest.raises(FaultyError, match=r"b\.yaml is no file"):
        source_files.load([str(folder)])


def test_no_more_of_a_source_is_read_than_it_may_have(folder):
    with pytest.raises(FaultyError, match="longer than 5 MB"):
        source_files.load(["/dev/zero"])


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_is_none_in_utc_is_refused(folder, moment):
    text = f'version: 1\nlabel: a\nkeys:\n- externalId: a\n  name: a\n  expiresAt: "{moment}"\n'
    (said,) = faults(folder, text)
    assert said.startswith("a.yaml:6: keys[0].expiresAt: must be written like")


def test_a_pattern_has_no_room_for_a_lines_end(folder):
    (said,) = faults(folder, 'version: 1\nlabel: "a\\n"\n')
    assert "label: must match" in said


def test_names_of_fields_begin_no_line_of_their_own_and_their_number_is_bounded(folder):
    """What begins a line of a workflow's log may be a command to its runner."""
    names = "".join(f'"\\n::add-mask::{number}": 1\n' for number in range(200))
    (folder / "a.yaml").write_text(f"version: 1\nlabel: a\n{names}")
    ran = run("diff", "-f", "a.yaml")
    lines = ran.stderr.splitlines()
    assert (ran.code, len(lines), lines[-1]) == (2, 102, "and 100 more")
    assert not any(line.startswith("::") for line in lines)


def test_without_any_file_it_is_said_how_to_name_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("diff")
    assert (ran.code, ran.stderr) == (2, "Error: There is no tollgate.yaml here: name files by -f.\n")
