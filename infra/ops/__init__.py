"""Operators' tools. They work on a deployment, and need nothing of the local stack."""

from __future__ import annotations

import sys
from pathlib import Path

# The package comes to the functions as a layer, and is not installed here.
sys.path.append(str(Path(__file__).resolve().parents[2] / "shared"))
