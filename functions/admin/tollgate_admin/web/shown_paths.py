"""Paths as answers repeat them: what stands for an id may be anything, a secret included."""

from __future__ import annotations

import re
from typing import Final

# What routes are made of. A secret has digits, and is longer.
_WORD: Final = re.compile(r"(?:[A-Za-z]{1,16}(?:-[A-Za-z]{1,16})?|v1|openapi\.json|)")
_ID: Final = re.compile(r"[a-z]{3}_[0-9A-Za-z]{1,20}")
_HIDDEN: Final = "..."


def is_id(text: str) -> bool:
    """Whether it has the form of what Tollgate calls things by, which is no secret."""
    return _ID.fullmatch(text) is not None


def without_ids(path: str) -> str:
    return "/".join(each if _WORD.fullmatch(each) else _HIDDEN for each in path.split("/"))


def without_secrets(path: str) -> str:
    return "/".join(each if _WORD.fullmatch(each) or is_id(each) else _HIDDEN for each in path.split("/"))
