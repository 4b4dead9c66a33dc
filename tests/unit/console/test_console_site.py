"""The console's site: built once for each state of its sources, and only if it can be served."""

from __future__ import annotations

import os

import pytest

from infra.local.local_errors import UnavailableError
from infra.local.web import node, site_build

SOURCES = ("package.json", "package-lock.json", "index.html", "src/main.tsx", "src/api/generated/roles.ts")
INDEX = '<base href="/console/" /><script type="module" src="./assets/app.js"></script>'


@pytest.fixture
def web(tmp_path):
    for name in SOURCES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", SOURCES)
def test_a_changed_source_makes_another_site(web, name):
    """So does what is generated of the admin API."""
    before = site_build.fingerprint(web)
    (web / name).write_text("changed")
    assert site_build.fingerprint(web) != before


def test_what_comes_of_the_sources_makes_no_other_site(web):
    before = site_build.fingerprint(web)
    for name in ("node_modules/react/index.js", "dist/index.html"):
        (web / name).parent.mkdir(parents=True)
        (web / name).write_text("made")
    assert site_build.fingerprint(web) == before


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A checkout of few files, and what npm was asked there."""
    asked, pages = [], tmp_path / "functions/console/web"

    def npm(*arguments):
        asked.append(" ".join(arguments))
        (pages / "node_modules").mkdir(exist_ok=True)

    laid_out(
        tmp_path,
        {
            "shared/tollgate/money.py": "",
            "functions/admin/tollgate_admin/handler.py": "",
            "requirements/dev.txt": "",
            "functions/console/web/scripts/generate-types.mjs": "",
            "functions/console/web/src/api/generated/roles.ts": "",
            "functions/console/web/package-lock.json": "{}",
        },
    )
    monkeypatch.setattr(site_build, "ROOT", tmp_path)
    monkeypatch.setattr(site_build, "WEB", pages)
    monkeypatch.setattr(site_build, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(site_build, "npm", npm)
    return asked


def test_packages_and_types_are_made_once(asked):
    site_build.prepare(types=True)
    site_build.prepare(types=True)
    assert asked == ["ci", "run types"]


@pytest.mark.parametrize(
    ("changed", "made_again"),
    [
        ("shared/tollgate/money.py", ["run types"]),
        ("functions/admin/tollgate_admin/handler.py", ["run types"]),
        ("requirements/dev.txt", ["run types"]),
        ("functions/console/web/scripts/generate-types.mjs", ["run types"]),
        ("functions/console/web/package-lock.json", ["ci"]),
        ("README.md", []),
    ],
)
def test_what_they_are_made_of_has_them_made_again(asked, tmp_path, changed, made_again):
    site_build.prepare(types=True)
    asked.clear()
    (tmp_path / changed).write_text("changed")
    site_build.prepare(types=True)
    assert asked == made_again


def laid_out(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def test_a_site_that_can_be_served_is_taken(tmp_path):
    laid_out(tmp_path, {"index.html": INDEX, "assets/app.js": ""})
    site_build.require_servable(tmp_path)


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"index.html": "<script src=app.js></script>"}, "one <base href>"),
        ({"index.html": f"{INDEX}<script>start()</script>"}, "script or style"),
        ({"index.html": f"{INDEX}<style>p {{}}</style>"}, "script or style"),
        ({"index.html": INDEX, "assets/app.js.map": "{}"}, r"assets/app\.js\.map"),
    ],
)
def test_a_site_that_its_own_policy_would_break_or_that_shows_its_sources_is_not(tmp_path, files, fault):
    laid_out(tmp_path, files)
    with pytest.raises(site_build.SiteError, match=fault):
        site_build.require_servable(tmp_path)


def program(folder, name, says):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine's PATH, and the tools, in which uv notes what it was to install."""
    (tmp_path / "path").mkdir()
    (tmp_path / "tools/bin").mkdir(parents=True)
    program(tmp_path / "tools/bin", "uv", f'echo "$@" > {tmp_path}/installed')
    monkeypatch.setattr(node, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(node, "isolated", lambda _: {"PATH": f"{tmp_path / 'path'}:{os.defpath}"})
    node.node.cache_clear()
    yield tmp_path
    node.node.cache_clear()


def test_the_machines_node_is_taken_if_it_is_new_enough(machine):
    program(machine / "path", "npm", "")
    own = program(machine / "path", "node", "echo v20.19.0")
    assert node.node().node == str(own)
    assert not (machine / "installed").exists()


@pytest.mark.parametrize("says", ["echo v18.20.4", "echo v20.9.0", "exit 1", "echo nonsense"])
def test_instead_of_one_that_is_too_old_or_broken_pypis_is_installed_by_its_hash(machine, says):
    program(machine / "path", "npm", "")
    program(machine / "path", "node", says)
    assert node.node().node == str(machine / "tools/bin/node")
    assert "--require-hashes" in (machine / "installed").read_text()


def test_a_package_with_another_content_than_is_known_is_refused(machine, monkeypatch):
    program(machine / "path", "node", "echo v24.0.0")
    program(machine / "path", "npm", 'for last; do :; done; echo changed > "$last/package-1.0.0.tgz"')
    monkeypatch.setattr(node, "CACHE", machine / "cache")
    with pytest.raises(UnavailableError, match="has the SHA-512"):
        node.NpmPackage("package@1.0.0", "0" * 128).folder()
    assert not list((machine / "cache").iterdir())


def test_what_a_program_said_is_told_when_it_fails(machine):
    failing = program(machine, "failing", "echo out of luck; exit 3")
    with pytest.raises(UnavailableError, match="out of luck"):
        node.run([str(failing)], {})
