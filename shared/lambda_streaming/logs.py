"""The log, line by line as Lambda's own runtime for Python writes it."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class LogFormatter(logging.Formatter):
    """Lines of text. `request_id` is the invocation's that is being served."""

    request_id: str = ""

    @staticmethod
    def converter(seconds: float | None) -> time.struct_time:
        return time.gmtime(seconds)

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = self.request_id
        # Lambda takes a line for an event: a traceback stays one.
        return super().format(record).replace("\n", "\r")


class JsonFormatter(LogFormatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "timestamp": self.formatTime(record, _TIME),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self.request_id,
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, stack = record.exc_info
            line |= {
                "errorType": kind.__name__,
                "errorMessage": str(error),
                "stackTrace": traceback.format_tb(stack),
                "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
            }
        return json.dumps(line, ensure_ascii=False)


def install(environment: Mapping[str, str]) -> LogFormatter:
    """Logs to stdout as the function's configuration says, and returns what has to know of each request."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(line_buffering=True)  # Lambda freezes the process between invocations
    formatter = _formatter(environment)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    level = environment.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        # On the handler, too: a function may set the root's.
        for each in (root, handler):
            each.setLevel("DEBUG" if level == "TRACE" else level)
    return formatter


def _formatter(environment: Mapping[str, str]) -> LogFormatter:
    if environment.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        return JsonFormatter()
    return LogFormatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(request_id)s\t%(message)s", _TIME[:-1])
