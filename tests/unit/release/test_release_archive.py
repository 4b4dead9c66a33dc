from __future__ import annotations

import os
import re
import subprocess
import zipfile

import pytest

from infra.local.environment import ROOT
from infra.local.tables import read_template
from infra.release import release_archive
from tollgate import __version__


@pytest.fixture
def build(tmp_path):
    """As `make build` leaves one."""
    folder = tmp_path / "build"
    (folder / "SharedLayer").mkdir(parents=True)
    (folder / "template.yaml").write_text("LicenseUrl: ../../LICENSE\nReadmeUrl: ../../README.md\n")
    (folder / "SharedLayer/stream").write_text("#!/bin/sh\n")
    (folder / "SharedLayer/stream").chmod(0o755)
    (folder / "SharedLayer/module.py").write_text("")
    return folder


def test_the_same_build_gives_the_same_bytes_whenever_and_by_whomever(build, tmp_path):
    first = release_archive.write(build, tmp_path).read_bytes()
    os.utime(build / "SharedLayer/module.py", (0, 0))
    (build / "SharedLayer/module.py").chmod(0o600)
    assert release_archive.write(build, tmp_path).read_bytes() == first


def test_an_archive_has_what_its_template_names_and_programs_stay_programs(build, tmp_path):
    with zipfile.ZipFile(release_archive.write(build, tmp_path)) as archive:
        assert archive.read("template.yaml") == b"LicenseUrl: LICENSE\nReadmeUrl: README.md\n"
        assert archive.read("LICENSE") == (ROOT / "LICENSE").read_bytes()
        modes = {each.filename: each.external_attr >> 16 & 0o777 for each in archive.infolist()}
    assert modes["SharedLayer/stream"] == 0o755
    assert modes["SharedLayer/module.py"] == 0o644
    assert {*release_archive.ENCLOSED} <= modes.keys()


def test_checksums_are_what_sha256sum_checks(build, tmp_path):
    folder = tmp_path / "release"
    folder.mkdir()
    release_archive.write(build, folder)
    (folder / "NOTES.md").write_text("not a file of the release")
    listed = release_archive.checksums(folder).read_text()
    assert [line.split()[1] for line in listed.splitlines()] == [f"tollgate-{__version__}.zip"]
    command = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=folder, check=False).returncode == 0
    next(folder.glob("*.zip")).write_bytes(b"another")
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 1


def test_the_application_says_what_its_repository_asks_for():
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-template-publishing-applications-metadata-properties.html"""
    said = read_template(ROOT / "template.yaml")["Metadata"]["AWS::ServerlessRepo::Application"]
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", said["Name"])
    assert 1 <= len(said["Description"]) <= 256
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", said["Author"])
    assert said["SpdxLicenseId"] == "Apache-2.0"
    for name in (said["LicenseUrl"], said["ReadmeUrl"]):
        assert name in release_archive.ENCLOSED
    assert "SemanticVersion" not in said  # `sam publish` is told it: one place fewer to change
