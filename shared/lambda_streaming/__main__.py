"""python -m lambda_streaming package.module.function: serves Lambda's invocations with that function."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from lambda_streaming import hooks, logs, loop, snapshots
from lambda_streaming.lambda_messages import Failure
from lambda_streaming.runtime_api import RuntimeApi

if TYPE_CHECKING:
    from types import ModuleType

    from lambda_streaming.lambda_messages import Function

logger = logging.getLogger(__name__)


def main(arguments: list[str]) -> NoReturn:
    """Ends only when the function can't be served."""
    (name,) = arguments
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    log = logs.install(os.environ)
    try:
        function, module = _load(name)
    except Exception as error:
        logger.exception("%s can't be loaded", name)
        api.fail_init(Failure.of(error, "Runtime"))
        sys.exit(1)
    snap_start = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
    if snap_start and not snapshots.pass_through(api, partial(hooks.renew, module)):
        sys.exit(1)
    loop.run(api, function, log)


def _load(name: str) -> tuple[Function, ModuleType]:
    """What is loaded stays: neither its loading nor a later collection looks for garbage in it."""
    path, _, attribute = name.rpartition(".")
    gc.disable()
    try:
        module = importlib.import_module(path)
        function: Function = getattr(module, attribute)
        hooks.warm_up(module)
    finally:
        gc.freeze()
        gc.enable()
    return function, module


if __name__ == "__main__":
    main(sys.argv[1:])
