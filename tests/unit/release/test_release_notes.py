from __future__ import annotations

import pytest

from infra.release import release_notes
from infra.release.release_notes import UnreleasableError
from tollgate import __version__

TAG = f"v{__version__}"
CHANGES = """# Changelog

## [Unreleased]

### Added

- Something new.

## [{version}]{date}

### Fixed

- A fault.

## [0.0.1] - 2020-01-01

- The first.
"""


def changelog(folder, version=__version__, date=" - 2030-01-31"):
    path = folder / "CHANGELOG.md"
    path.write_text(CHANGES.format(version=version, date=date))
    return path


def test_a_release_says_what_the_change_log_says_of_it_and_no_more(tmp_path):
    assert release_notes.of_tag(TAG, changelog(tmp_path)) == "### Fixed\n\n- A fault."


@pytest.mark.parametrize(
    ("tag", "version", "date", "reason"),
    [
        ("v99.0.0", "99.0.0", " - 2030-01-31", f"calls itself {__version__}"),
        (__version__, __version__, " - 2030-01-31", "The tag is"),  # without its v
        (TAG, "99.0.0", " - 2030-01-31", "no section"),
        (TAG, __version__, "", "with a date"),
    ],
)
def test_nothing_is_released_under_a_tag_that_does_not_fit(tmp_path, tag, version, date, reason):
    with pytest.raises(UnreleasableError, match=reason):
        release_notes.of_tag(tag, changelog(tmp_path, version, date))


def test_the_repositorys_own_change_log_can_be_read():
    assert "### " in release_notes.of_tag(TAG)
