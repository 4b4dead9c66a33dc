"""How many examples properties of translation are tried with."""

from __future__ import annotations

import os

from hypothesis import settings

# TRANSLATION_EXAMPLES=1000 asks more than a test run has the time for.
TRIED = settings(max_examples=int(os.environ.get("TRANSLATION_EXAMPLES", "15")), deadline=None)
