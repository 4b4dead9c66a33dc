"""Operators' tools. They work on a deployment, and need nothing of the local stack."""

from __future__ import annotations

import sys
from pathlib import Path

# What is deployed is not installed here. The catalog of models is the admin function's.
_ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(_ROOT / "shared"), str(_ROOT / "functions" / "admin")]
