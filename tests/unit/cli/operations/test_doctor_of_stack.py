"""`tollgate doctor --stack`: what it makes of what AWS says."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local.environment import ROOT
from tests.support import examined_stack
from tests.support.cli_runner import Gateway, run
from tests.support.examined_stack import NAME, SENDER, TEMPLATE, World, alarm, physical, refused, subscription
from tollgate.data_versions.data_versions import DATA_VERSION
from tollgate_cli.operations import aws_access
from tollgate_cli.operations.doctor.stack import table_checks
from tollgate_cli.operations.doctor.stack.stack_view import PERMISSIONS

VERSION = TEMPLATE["Outputs"]["Version"]["Value"]
PENDING = "PendingConfirmation"
HEALTH = {"service": "tollgate", "status": "ok", "version": VERSION}
SIGNED_OUT = {"TOLLGATE_URL": "https://gateway.example.com"}


@pytest.fixture
def world(monkeypatch) -> World:
    made = World()
    monkeypatch.setattr(
        aws_access, "sign_in", lambda _profile, _region: SimpleNamespace(client=made.client, session=None)
    )
    return made


def examined(*arguments: str, stack: str = NAME, environment: Any = SIGNED_OUT) -> Any:
    gateway = Gateway({"GET /health": HEALTH})
    return run("doctor", "--stack", stack, *arguments, gateway=gateway, environment=environment)


def of_stack(*areas: str) -> dict[str, list[dict[str, Any]]]:
    """What was found by AWS's answers, by check."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in examined("--json").json:
        if each["area"] in (areas or ("stack", "load", "mail", "tables")):
            found.setdefault(each["check"], []).append(each)
    return found


def not_well(*areas: str) -> list[tuple[str, str]]:
    return [
        (name, each["status"])
        for name, findings in of_stack(*areas).items()
        for each in findings
        if each["status"] != "ok"
    ]


def test_all_is_well_with_a_sound_stack(world):
    assert not_well() == []
    assert set(world.asked) == set(PERMISSIONS)


def test_what_it_may_ask_is_in_the_docs():
    page = (ROOT / "docs/doctor.md").read_text()
    assert [action for action in sorted(set(PERMISSIONS.values())) if f'"{action}"' not in page] == []


def test_nothing_but_reading_is_asked():
    assert [name for _, name in PERMISSIONS if not name.startswith(("get_", "list_", "describe_"))] == []


@pytest.mark.parametrize(
    ("names", "part"),
    [
        (table_checks.BACKED_UP, "PointInTimeRecoverySpecification"),
        (table_checks.EXPIRING, "TimeToLiveSpecification"),
    ],
)
def test_tables_are_expected_as_the_template_has_them(names, part):
    tables = {
        name: each["Properties"]
        for name, each in TEMPLATE["Resources"].items()
        if each["Type"] == "AWS::DynamoDB::Table"
    }
    assert set(names) == {name for name, properties in tables.items() if part in properties}


def test_every_queue_of_the_template_is_explained(world):
    world["sqs", "get_queue_attributes"] = {"Attributes": {"ApproximateNumberOfMessages": "2"}}
    found = of_stack("stack")["failures"]
    queues = [name for name, each in TEMPLATE["Resources"].items() if each["Type"] == "AWS::SQS::Queue"]
    assert [each["found"] for each in found] == [f"2 messages in {name}" for name in queues]
    assert all(each["status"] == "fail" and each["meaning"] for each in found)
    assert f"tollgate ledger sweep --stack {NAME}" in [each["command"] for each in found]


def test_a_finding_has_what_programs_need(world):
    world["sesv2", "get_account"] = {
        "ProductionAccessEnabled": False,
        "SendingEnabled": True,
        "SendQuota": {"Max24HourSend": 200.0},
    }
    ran = examined("--json")
    assert ran.code == 1
    (sandbox,) = [each for each in ran.json if each["check"] == "sandbox"]
    assert sandbox == {
        "area": "mail",
        "check": "sandbox",
        "status": "fail",
        "found": "SES is in its sandbox in this region",
        "meaning": "Mails reach verified addresses only, 200 a day.",
        "command": "aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL "
        "--website-url URL",
    }
    lines = examined("--csv").stdout.splitlines()
    assert lines[0] == "area,check,status,found,meaning,command"
    assert len(lines) == len(ran.json) + 1


def identity(verified: dict[str, bool]):
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["EmailIdentity"] not in verified:
            raise refused("NotFoundException", "Email identity does not exist.")
        return {"VerifiedForSendingStatus": verified[request["EmailIdentity"]]}

    return answer


@pytest.mark.parametrize(
    ("verified", "status", "said"),
    [
        ({SENDER: True}, "ok", SENDER),
        ({"example.com": True}, "ok", "example.com"),
        ({SENDER: False, "example.com": True}, "ok", "example.com"),
        ({SENDER: False}, "fail", "not verified yet"),
        ({}, "fail", "SES doesn't know"),
    ],
)
def test_the_sender_is_verified_itself_or_by_its_domain(world, verified, status, said):
    world["sesv2", "get_email_identity"] = identity(verified)
    (found,) = of_stack("mail")["sender"]
    assert found["status"] == status
    assert said in found["found"]


def test_without_a_sender_ses_is_not_asked(world):
    world.parameters["SenderEmail"] = ""
    assert not_well("mail") == [("sender", "warn")]
    assert not any(service == "sesv2" for service, _ in world.asked)


@pytest.mark.parametrize(
    ("account", "statuses"),
    [
        ({"SendingEnabled": False, "ProductionAccessEnabled": True}, ["fail"]),
        (
            {
                "SendingEnabled": True,
                "ProductionAccessEnabled": True,
                "SendQuota": {"Max24HourSend": 100.0, "SentLast24Hours": 80.0},
            },
            ["warn"],
        ),
    ],
)
def test_mail_that_is_stopped_or_nearly_used_up(world, account, statuses):
    world["sesv2", "get_account"] = account
    assert [each["status"] for each in of_stack("mail")["sandbox"]] == statuses


@pytest.mark.parametrize(
    ("subscriptions", "statuses"),
    [
        ([], ["fail"]),
        ([subscription("ops@example.com", PENDING)], ["warn"]),
        ([subscription("ops@example.com", PENDING), subscription("chat@example.com")], ["warn", "ok"]),
    ],
)
def test_subscriptions_that_nobody_has_confirmed(world, subscriptions, statuses):
    world["sns", "list_subscriptions_by_topic"] = {"Subscriptions": subscriptions}
    found = of_stack("mail")["topic"]
    assert [each["status"] for each in found] == statuses
    if "warn" in statuses:
        assert "ops@example.com" in found[0]["found"]


@pytest.mark.parametrize(
    ("key", "answer", "finding"),
    [
        (
            ("lambda", "get_account_settings"),
            {"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}},
            ("concurrency", "warn"),
        ),
        (
            ("lambda", "get_function_concurrency"),
            {"ReservedConcurrentExecutions": 0},
            ("reserved concurrency", "fail"),
        ),
        (("lambda", "get_event_source_mapping"), {"State": "Disabled"}, ("stream readers", "fail")),
        (
            ("lambda", "get_event_source_mapping"),
            {"State": "Enabled", "LastProcessingResult": "PROBLEM: Function call failed"},
            ("stream readers", "warn"),
        ),
        (
            ("cloudwatch", "get_metric_data"),
            {"MetricDataResults": [{"Id": "rollupfunction", "Values": [10.0, 3_600_000.0]}]},
            ("stream age", "warn"),
        ),
        (
            ("dynamodb", "describe_table"),
            {"Table": {"DeletionProtectionEnabled": True}},
            ("billing", "warn"),
        ),
        (
            ("dynamodb", "describe_table"),
            {"Table": {"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}},
            ("billing", "warn"),
        ),
        (
            ("dynamodb", "describe_continuous_backups"),
            {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}},
            ("backups", "fail"),
        ),
        (
            ("dynamodb", "describe_time_to_live"),
            {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}},
            ("expiry", "warn"),
        ),
        (
            ("logs", "describe_log_groups"),
            lambda request: {"logGroups": [{"logGroupName": request["logGroupNamePrefix"]}]},
            ("logs", "warn"),
        ),
        (
            ("cloudwatch", "describe_alarms"),
            lambda request: {
                "MetricAlarms": [alarm(each, ActionsEnabled=False) for each in request["AlarmNames"]]
            },
            ("alarms", "warn"),
        ),
    ],
)
def test_what_is_not_well_is_found(world, key, answer, finding):
    world[key] = answer
    assert set(not_well()) == {finding}


def test_an_alarm_that_is_on_is_named_as_the_template_does_with_what_it_means(world):
    on = physical("LedgerDriftAlarm")
    world["cloudwatch", "describe_alarms"] = lambda request: {
        "MetricAlarms": [
            alarm(each, StateValue="ALARM" if each == on else "INSUFFICIENT_DATA")
            for each in request["AlarmNames"]
        ]
    }
    (found,) = of_stack("stack")["alarms"]
    assert (found["status"], found["found"], found["meaning"]) == (
        "fail",
        "LedgerDriftAlarm is on",
        "What it means.",
    )


def limited(rate, burst=100):
    return {"throttlingRateLimit": float(rate), "throttlingBurstLimit": burst}


@pytest.mark.parametrize(
    ("call_rate", "settings", "calls", "others"),
    [
        ("900", {"*/*": limited(50), "/~1v1/POST": limited(900), "/~1/POST": limited(900)}, "ok", "ok"),
        ("900", {"*/*": limited(5), "/~1v1/POST": limited(900), "/~1/POST": limited(900)}, "ok", "warn"),
        ("900", {"*/*": limited(50), "/~1v1/POST": limited(900), "/~1/POST": limited(50)}, "warn", "ok"),
        ("900", {"*/*": limited(50)}, "warn", "ok"),
        ("900", {}, "warn", "warn"),
        ("0", {"*/*": limited(50), "/~1v1/POST": limited(50), "/~1/POST": limited(50)}, "ok", "ok"),
    ],
)
def test_throttles_are_those_of_the_parameters(world, call_rate, settings, calls, others):
    world.parameters |= {"ThrottleRate": "50", "ThrottleBurst": "100"}
    world.parameters |= {"CallThrottleRate": call_rate, "CallThrottleBurst": "100"}
    world["apigateway", "get_stage"] = {"methodSettings": settings}
    account, rate_of_calls, _, rate_of_others, _ = of_stack("load")["throttles"]
    assert account["status"] == "ok"
    assert (rate_of_calls["status"], rate_of_others["status"]) == (calls, others)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CREATE_COMPLETE", "ok"),
        ("UPDATE_IN_PROGRESS", "warn"),
        ("UPDATE_ROLLBACK_COMPLETE", "warn"),
        ("UPDATE_ROLLBACK_FAILED", "fail"),
    ],
)
def test_the_state_of_the_stack(world, status, expected):
    world.status = status
    (found,) = of_stack("stack")["status"]
    assert (found["status"], status in found["found"]) == (expected, True)


@pytest.mark.parametrize(
    ("drift", "expected"), [("IN_SYNC", "ok"), ("DRIFTED", "warn"), ("NOT_CHECKED", "not checked")]
)
def test_the_drift_of_the_stack(world, drift, expected):
    world.drift = drift
    (found,) = of_stack("stack")["drift"]
    assert found["status"] == expected


@pytest.mark.parametrize(("version", "command"), [("0.0.1", "make deploy"), ("99.0.0", "uv tool install")])
def test_a_stack_of_another_version(world, version, command):
    world.outputs["Version"] = version
    (found,) = of_stack("stack")["version"]
    assert found["status"] == "warn"
    assert VERSION in found["found"]
    assert version in found["found"]
    assert command in found["command"]


def test_a_stack_from_before_an_output_is_examined_all_the_same(world):
    for name in ("Version", "ApiId"):
        del world.outputs[name]
    found = of_stack()
    assert found["version"][0]["status"] == "warn"
    assert "no output ApiId" in found["throttles"][-1]["found"]
    assert found["backups"][0]["status"] == "ok"


@pytest.mark.parametrize(("off", "status"), [(0, "ok"), (60, "warn"), (-3600, "fail")])
def test_this_machines_clock_beside_aws(world, off, status):
    world.clock_is_off = timedelta(seconds=off)
    (found,) = of_stack("stack")["clock"]
    assert found["status"] == status


@pytest.mark.parametrize(
    "call", [each for each in PERMISSIONS if each != ("cloudformation", "describe_stacks")]
)
def test_a_call_that_is_refused_is_named_by_its_permission_and_keeps_no_other_from_it(world, call):
    world[call] = refused("AccessDeniedException", "User is not authorized", 403)
    unchecked = [
        each for findings in of_stack().values() for each in findings if each["status"] == "not checked"
    ]
    assert unchecked
    assert {each["found"] for each in unchecked} == {f"needs the permission {PERMISSIONS[call]}"}
    if call != ("cloudformation", "list_stack_resources"):
        assert len(unchecked) <= 2


def test_without_any_permission_nothing_of_the_stack_is_checked_and_nothing_crashes(world):
    for call in PERMISSIONS:
        world[call] = refused("AccessDenied", "User is not authorized", 403)
    ran = examined("--json")
    assert ran.code == 0
    assert {each["status"] for each in ran.json if each["area"] in {"stack", "tables"}} == {"not checked"}
    assert "cloudformation:DescribeStacks" in ran.stdout


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refused("ThrottlingException", "Rate exceeded"), "throttles"),
        (refused("InternalFailure", "", 501), "InternalFailure"),
    ],
)
def test_what_aws_does_not_answer_is_not_checked(world, error, said):
    world["lambda", "get_account_settings"] = error
    (found,) = of_stack("load")["concurrency"]
    assert found["status"] == "not checked"
    assert said in found["found"]


def test_an_answer_that_lacks_something_is_not_checked(world):
    world["lambda", "get_account_settings"] = {}
    (found,) = of_stack("load")["concurrency"]
    assert (found["status"], "AccountLimit" in found["found"]) == ("not checked", True)


def test_a_stack_that_there_is_not_ends_it(world):
    ran = examined(stack="tollgate-pord")
    assert (ran.code, ran.stdout) == (4, "")
    assert "tollgate-pord does not exist" in ran.stderr


def test_without_a_profile_the_stacks_own_url_is_examined(world):
    ran = examined("--json", environment={})
    (reachable,) = [each for each in ran.json if each["check"] == "reachable"]
    assert reachable["found"] == "https://gateway.example.com answers"
    (token,) = [each for each in ran.json if each["check"] == "token"]
    assert token["status"] == "not checked"


def test_people_see_what_mends_it_in_80_columns(world):
    world["sns", "list_subscriptions_by_topic"] = {
        "Subscriptions": [subscription("\x1b[31mred@example.com", PENDING)]
    }
    gateway = Gateway({"GET /health": HEALTH})
    ran = run("doctor", "--stack", NAME, gateway=gateway, environment=SIGNED_OUT, terminal=True, width=80)
    plain = run("doctor", "--stack", NAME, gateway=gateway, environment={**SIGNED_OUT, "NO_COLOR": "1"})
    assert "\x1b[33mwarn\x1b[0m" in ran.stdout
    assert "\x1b" not in plain.stdout
    assert "\\x1b[31mred@example.com" in plain.stdout
    lines = [re.sub(r"\x1b\[[0-9]+m", "", line) for line in ran.stdout.splitlines()]
    too_long = [line.strip() for line in lines if len(line) > 80]
    # Commands stay in one piece, for copying.
    assert [line.split()[0] for line in too_long] == ["aws"]


def test_the_world_of_these_tests_has_all_that_is_asked():
    assert set(PERMISSIONS) <= set(examined_stack.World())


def test_data_that_only_later_code_can_read_are_found(world):
    world["dynamodb", "get_item"] = examined_stack.data_mark(DATA_VERSION + 1)
    (found,) = of_stack("tables")["data"]
    assert found["status"] == "fail"
    assert f"version {DATA_VERSION + 1}" in found["found"]
    world["dynamodb", "get_item"] = {}
    (found,) = of_stack("tables")["data"]
    assert found["status"] == "not checked"
