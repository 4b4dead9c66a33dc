"""Which tests run one after the other in the same of pytest-xdist's processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest

_ON_THE_STACK = ("tests/browser/", "tests/conformance/", "tests/e2e/")
# It starts stacks of its own, which may as well start while the others' is used.
_STACKS_OF_ITS_OWN = "tests/e2e/test_keeping.py"


class OneStack(LoadScopeScheduling):
    """A module stays together, for what its tests share is made once; so do all that ask for the stack.

    They begin in the order in which they were found: the stack first, which takes longest, then the modules
    of integration, and then those of units, which are over in a moment. So no process waits long for
    another's last.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        if module.startswith(_ON_THE_STACK) and module != _STACKS_OF_ITS_OWN:
            return "stack"
        return module
