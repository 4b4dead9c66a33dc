from __future__ import annotations

import pytest

from infra.local.environment import ROOT
from tests.mutants.all_mutants import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_the_code_as_it_is(mutant):
    assert mutant.old in (ROOT / mutant.file).read_text()
    assert mutant.new != mutant.old
