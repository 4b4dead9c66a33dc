"""SnapStart: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html"""

from __future__ import annotations

import importlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lambda_streaming.lambda_messages import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_streaming.runtime_api import RuntimeApi

    Hooks = Iterable[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]

logger = logging.getLogger(__name__)


def pass_through(api: RuntimeApi, renew: Callable[[], None]) -> bool:
    """Lets Lambda take its snapshot; returns, in each environment restored from it, whether it can serve.

    There `renew` is called first, then what the function has registered.
    """
    try:
        before, after = _registered()
        _call(before)
        api.await_restore()
    except Exception as error:
        logger.exception("The snapshot failed")
        api.fail_init(replace(Failure.of(error, "Runtime"), type="Runtime.BeforeSnapshotError"))
        return False
    try:
        renew()
        _call(after)
    except Exception as error:
        logger.exception("The restore failed")
        api.fail_restore(replace(Failure.of(error, "Runtime"), type="Runtime.AfterRestoreError"))
        return False
    return True


def _registered() -> tuple[Hooks, Hooks]:
    """The hooks in the order in which they are to be called."""
    try:
        hooks = importlib.import_module("snapshot_restore_py")  # in Lambda's runtimes
    except ModuleNotFoundError:
        return (), ()
    return tuple(reversed(hooks.get_before_snapshot())), tuple(hooks.get_after_restore())


def _call(hooks: Hooks) -> None:
    for hook, positional, named in hooks:
        hook(*positional, **named)
