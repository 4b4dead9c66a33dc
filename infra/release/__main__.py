"""python -m infra.release notes v1.2.3 | files FOLDER | archive FOLDER, after `make build`.

`notes` prints what the change log says of the tagged version. `files` writes the archive, the lists of what
is in it and checksums of all that the folder has; `archive` nothing but the archive.
"""

from __future__ import annotations

import sys
from pathlib import Path

from infra.local.environment import ROOT
from infra.local.local_errors import LocalError
from infra.release import bill_of_materials, release_archive, release_notes

BUILD = ROOT / ".aws-sam/build"


def main(arguments: list[str]) -> None:
    try:
        match arguments:
            case ["notes", tag]:
                print(release_notes.of_tag(tag))
            case ["archive", folder]:
                print(release_archive.write(BUILD, _made(folder)))
            case ["files", folder]:
                made = _made(folder)
                print(release_archive.write(BUILD, made))
                for path in bill_of_materials.write(made):
                    print(path)
                print(release_archive.checksums(made))
            case _:
                sys.exit(__doc__)
    except (LocalError, release_notes.UnreleasableError) as error:
        sys.exit(str(error))


def _made(folder: str) -> Path:
    """The folder, with a build to fill it from."""
    if not (BUILD / "template.yaml").exists():
        sys.exit("There is no build: run `make build` first.")
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path


if __name__ == "__main__":
    main(sys.argv[1:])
