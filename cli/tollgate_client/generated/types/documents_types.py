"""Types of documents. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Literal

Api = Literal["admin", "client"]
