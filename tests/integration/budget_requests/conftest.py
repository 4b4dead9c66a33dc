from __future__ import annotations

import pytest

from tests.support.asking_world import Asking


@pytest.fixture
def asking(admin) -> Asking:
    return Asking(admin)
