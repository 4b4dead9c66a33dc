"""The runtime's start: loading the function, SnapStart, the log."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from infra.local.environment import ROOT
from lambda_streaming import logs, snapshots
from lambda_streaming.runtime_api import RuntimeApi
from tests.support.fake_lambda import REQUEST_ID, FakeLambda

FUNCTION = """
import logging
from types import SimpleNamespace

logging.getLogger().setLevel(logging.INFO)

def function(event, context):
    logging.getLogger("app").info("serving %s", event["path"])
    print("printed")
    return SimpleNamespace(status=200, headers={}, chunks=[b"{}"], after=int)
"""


@pytest.fixture
def fake():
    fake = FakeLambda()
    yield fake
    fake.close()


@pytest.fixture
def api(fake):
    api = RuntimeApi(fake.address)
    yield api
    api.close()


@pytest.fixture
def start(fake, tmp_path):
    """Runs the wrapper, as Lambda does, over a module of the test; it ends when Lambda has nothing more."""

    def start(source=FUNCTION, **environment):
        (tmp_path / "lambda_streaming").symlink_to(ROOT / "shared/lambda_streaming")
        package = tmp_path / "tollgate_proxy"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "handler.py").write_text(source.replace("def function", "def stream"))
        return subprocess.run(
            [ROOT / "shared/stream", sys.executable, "/var/runtime/bootstrap.py"],
            env={
                "PATH": os.environ["PATH"],
                "LAMBDA_TASK_ROOT": str(tmp_path),
                "STREAMING_HANDLER": "tollgate_proxy.handler.stream",
                "AWS_LAMBDA_RUNTIME_API": fake.address,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start


def test_the_wrapper_serves_the_proxys_stream(fake, start):
    fake.invoke({"path": "/v1"})
    done = start()
    (response,) = fake.responses
    assert response.chunks[-1] == b"{}"
    assert "asked for the next invocation" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("import not_there", "ModuleNotFoundError", "No module named 'not_there'"),
        ("def other(): pass", "AttributeError", "has no attribute 'stream'"),
        ("def (", "SyntaxError", "invalid syntax"),
        ("import os; os.environ['KEYS_TABLE']", "KeyError", "KEYS_TABLE"),
    ],
)
def test_a_function_that_cannot_be_loaded_is_told_and_the_process_ends(fake, start, source, kind, message):
    done = start(source)

    assert done.returncode == 1
    (told,) = fake.received
    assert (told.method, told.path) == ("POST", "/2018-06-01/runtime/init/error")
    assert told.headers["lambda-runtime-function-error-type"] == f"Runtime.{kind}"
    error = json.loads(told.body)
    assert message in error["errorMessage"]
    assert error["stackTrace"]
    assert kind in done.stdout


def test_a_log_in_json_is_what_lambdas_own_runtime_writes(fake, start):
    fake.invoke({"path": "/v1/models"})
    line, printed = start(AWS_LAMBDA_LOG_FORMAT="JSON").stdout.splitlines()
    logged = json.loads(line)
    assert logged.pop("timestamp").endswith("Z")
    assert logged == {
        "level": "INFO",
        "message": "serving /v1/models",
        "logger": "app",
        "requestId": REQUEST_ID,
    }
    assert printed == "printed"


def test_a_log_in_text_names_level_time_and_request(fake, start):
    fake.invoke({"path": "/v1/models"})
    level, _, request_id, message = start().stdout.splitlines()[0].split("\t")
    assert (level, request_id, message) == ("[INFO]", REQUEST_ID, "serving /v1/models")


def test_a_log_level_holds_whatever_the_function_sets(fake, start):
    fake.invoke({"path": "/v1/models"})
    assert start(AWS_LAMBDA_LOG_LEVEL="WARN").stdout == "printed\n"


def test_a_snapshot_is_taken_before_the_first_invocation(fake, start):
    fake.invoke({"path": "/v1/models"})
    start(AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")
    assert [each.path.removeprefix("/2018-06-01/runtime") for each in fake.received[:2]] == [
        "/restore/next",
        "/invocation/next",
    ]


WARMED = f"""
{FUNCTION}

def warm_up():
    print("warm")

def renew():
    print("renewed")
"""


def test_a_function_is_warm_before_it_is_asked_for_anything(fake, start):
    fake.invoke({"path": "/v1/models"})
    assert start(WARMED, AWS_LAMBDA_LOG_LEVEL="WARN").stdout.split() == ["warm", "printed"]


def test_a_snapshot_is_taken_of_a_warm_function_and_each_copy_of_it_is_renewed(fake, start):
    fake.invoke({"path": "/v1/models"})
    done = start(WARMED, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start", AWS_LAMBDA_LOG_LEVEL="WARN")
    assert done.stdout.split() == ["warm", "renewed", "printed"]


def test_a_copy_that_can_not_be_renewed_is_told_and_serves_nothing(fake, start):
    fake.invoke({"path": "/v1/models"})
    source = f"{FUNCTION}\ndef renew(): raise OSError('no entropy')"
    done = start(source, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start")
    assert done.returncode == 1
    assert [each.path.rpartition("runtime/")[2] for each in fake.received] == [
        "restore/next",
        "restore/error",
    ]


FAILING = "raise ConnectionError('no DynamoDB')"
# Waits as a client does that takes whatever fails for a reason to try again.
HANGING = """
    import threading
    from lambda_streaming import hooks
    while True:
        try:
            threading.Event().wait()
        except Exception:
            pass
"""


@pytest.mark.parametrize(("warm_up", "error"), [(FAILING, "ConnectionError"), (HANGING, "_TimeUpError")])
def test_a_function_that_can_not_be_warmed_in_time_is_undone_and_starts_cold(fake, start, warm_up, error):
    fake.invoke({"path": "/v1/models"})
    limit = "from lambda_streaming import hooks\nhooks.MAX_WARM_UP_SECONDS = 0.2\n"
    source = f"{WARMED}\n{limit}\ndef warm_up():\n    {warm_up}"
    log, *printed = start(
        source, AWS_LAMBDA_LOG_LEVEL="WARN", AWS_LAMBDA_LOG_FORMAT="JSON"
    ).stdout.splitlines()
    assert json.loads(log)["message"] == "The function starts cold"
    assert json.loads(log)["errorType"] == error
    assert printed == ["renewed", "printed"]
    assert len(fake.responses) == 1


def test_the_alarm_of_the_warm_up_never_goes_off_later(fake, start):
    """It would end the process."""
    source = WARMED.replace('print("warm")', "pass").replace(
        'print("printed")', "import signal; print(signal.getitimer(signal.ITIMER_REAL))"
    )
    fake.invoke({"path": "/v1/models"})
    assert start(source, AWS_LAMBDA_LOG_LEVEL="WARN").stdout.split() == ["(0.0,", "0.0)"]


def formatted(formatter, error):
    try:
        raise error
    except type(error):
        record = logging.getLogger("app").makeRecord(
            "app", logging.ERROR, "module.py", 7, "It failed", (), sys.exc_info(), "function"
        )
    return formatter.format(record)


def test_an_exception_is_one_line_in_either_form():
    text = formatted(logs.LogFormatter("%(message)s"), ValueError("why"))
    assert "\n" not in text
    assert text.endswith("ValueError: why")
    line = json.loads(formatted(logs.JsonFormatter(), ValueError("why")))
    assert (line["errorType"], line["errorMessage"]) == ("ValueError", "why")
    assert line["location"] == "module.py:function:7"
    assert "raise error" in line["stackTrace"][0]


@pytest.fixture
def hooks(monkeypatch, fake):
    """What is registered for snapshots, and in `called` what happened when."""
    found = SimpleNamespace(before=[], after=[], called=[])
    monkeypatch.setitem(
        sys.modules,
        "snapshot_restore_py",
        SimpleNamespace(get_before_snapshot=lambda: found.before, get_after_restore=lambda: found.after),
    )

    def note(name, *, of=None):
        requests = [each.path.rpartition("runtime/")[2] for each in fake.received]
        found.called.append((name, requests))

    found.note = note
    return found


def test_hooks_run_in_the_documented_order_around_the_snapshot(fake, api, hooks):
    """Those before the snapshot in reverse."""
    hooks.before += [(hooks.note, ("first",), {}), (hooks.note, ("second",), {"of": "two"})]
    hooks.after += [(hooks.note, ("third",), {}), (hooks.note, ("fourth",), {})]

    assert snapshots.pass_through(api, nothing)

    restored = ["restore/next"]
    assert hooks.called == [("second", []), ("first", []), ("third", restored), ("fourth", restored)]


def nothing():
    """What there is to renew."""


def fails():
    raise OSError("no entropy")


@pytest.mark.parametrize(
    ("moment", "path", "kind"),
    [
        ("before", "init/error", "Runtime.BeforeSnapshotError"),
        ("after", "restore/error", "Runtime.AfterRestoreError"),
    ],
)
def test_a_hook_that_fails_is_told_where_lambda_asks_for_it(fake, api, hooks, moment, path, kind):
    getattr(hooks, moment).append((fails, (), {}))

    assert not snapshots.pass_through(api, nothing)

    told = fake.received[-1]
    assert told.path == f"/2018-06-01/runtime/{path}"
    assert told.headers["lambda-runtime-function-error-type"] == kind
    assert json.loads(told.body)["errorMessage"] == "no entropy"


def test_a_snapshot_that_lambda_refuses_ends_the_start(fake, api, hooks):
    fake.statuses["/restore/next"] = 403
    hooks.after.append((hooks.note, ("after",), {}))
    assert not snapshots.pass_through(api, nothing)
    assert hooks.called == []


def test_without_the_package_there_are_no_hooks(fake, api, monkeypatch):
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)
    assert snapshots.pass_through(api, nothing)
