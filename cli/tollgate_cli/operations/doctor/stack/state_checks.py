"""The stack's own state and version, what is in its failure queues, its alarms and logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tollgate_cli.operations.doctor.check_results import Check, fail, named, not_checked, ok, warn
from tollgate_cli.operations.doctor.gateway_checks import clock_result, version_result
from tollgate_cli.output.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.doctor.check_results import Result
    from tollgate_cli.operations.doctor.stack.stack_view import StackView

_GOOD: Final = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
# What waits in a queue, and what is done about it.
_QUEUES: Final = {
    "RollupFailures": (
        "Cost sums lack records.",
        "tollgate costs replay --stack {stack} --from DAY --to DAY",
    ),
    "AlertsFailures": ("Changes of keys weren't looked at; alerts may be missing.", ""),
    "TelemetryFailures": ("Calls were not told to OpenTelemetry receivers; their records are there.", ""),
    "SweeperFailures": ("Sweeps or reconciliations failed.", "tollgate ledger sweep --stack {stack}"),
}
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class StateChecks:
    view: StackView

    def all(self) -> list[Check]:
        return [
            Check("stack", "status", self.status),
            Check("stack", "version", self.version),
            Check("stack", "clock", self.clock),
            Check("stack", "drift", self.drift),
            Check("stack", "failures", self.failures),
            Check("stack", "alarms", self.alarms),
            Check("stack", "logs", self.logs),
        ]

    def status(self) -> Iterator[Result]:
        name, status = self.view.name, self.view.description.status
        events = f"aws cloudformation describe-stack-events --stack-name {name}"
        if status in _GOOD:
            yield ok(f"{name} is {status}")
        elif status == "UPDATE_ROLLBACK_COMPLETE":
            yield warn(f"{name} is {status}", "The last deployment failed and was rolled back.", events)
        elif status.endswith("IN_PROGRESS"):
            yield warn(f"{name} is {status}", "It is being deployed just now.", events)
        else:
            yield fail(f"{name} is {status}", "It can't be deployed as it is.", events)

    def version(self) -> Iterator[Result]:
        yield version_result(self.view.description.version)

    def clock(self) -> Iterator[Result]:
        ahead = self.view.description.clock_ahead
        yield not_checked("AWS didn't say its time") if ahead is None else clock_result(ahead, "AWS's")

    def drift(self) -> Iterator[Result]:
        """CloudFormation's drift: resources that somebody has changed by hand."""
        drift, name = self.view.description.drift, self.view.name
        if drift == "DRIFTED":
            meaning = "The next deployment may set it back, or fail."
            command = f"aws cloudformation describe-stack-resource-drifts --stack-name {name}"
            yield warn("resources were changed by hand", meaning, command)
        elif drift == "IN_SYNC":
            yield ok("no resource was changed by hand")
        else:
            command = f"aws cloudformation detect-stack-drift --stack-name {name}"
            yield not_checked("CloudFormation hasn't looked for it", command)

    def failures(self) -> Iterator[Result]:
        waiting = 0
        for queue in self.view.of_kind("AWS::SQS::Queue"):
            answer = self.view.ask(
                "sqs",
                "get_queue_attributes",
                QueueUrl=queue.id,
                AttributeNames=["ApproximateNumberOfMessages"],
            )
            messages = int(answer["Attributes"]["ApproximateNumberOfMessages"])
            waiting += messages
            if messages:
                meaning, command = _QUEUES.get(queue.name, ("", ""))
                found = f"{counted(messages, 'message')} in {queue.name}"
                yield fail(found, meaning, command.format(stack=self.view.name))
        if not waiting:
            yield ok("nothing was given up")

    def alarms(self) -> Iterator[Result]:
        logical = {each.id: each.name for each in self.view.of_kind("AWS::CloudWatch::Alarm")}
        if not logical:
            yield warn("the stack has no alarms", "Nobody hears of failures.", "make deploy ENV=prod")
            return
        answer = self.view.ask(
            "cloudwatch", "describe_alarms", AlarmNames=sorted(logical)[:_AT_ONCE], MaxRecords=_AT_ONCE
        )
        alarms = answer["MetricAlarms"]
        for each in alarms:
            if each["StateValue"] == "ALARM":
                yield fail(f"{logical[each['AlarmName']]} is on", each.get("AlarmDescription", ""))
        mute = [logical[each["AlarmName"]] for each in alarms if not each["ActionsEnabled"]]
        if mute:
            yield warn(
                f"{counted(len(mute), 'alarm')} tell nobody: {named(mute)}",
                "Their actions are switched off.",
                f"aws cloudwatch enable-alarm-actions --alarm-names {' '.join(sorted(logical))}",
            )
        if not mute and not any(each["StateValue"] == "ALARM" for each in alarms):
            yield ok(f"none of {counted(len(alarms), 'alarm')} is on")

    def logs(self) -> Iterator[Result]:
        wanted = int(self.view.description.said("LogRetentionDays"))
        groups = self.view.of_kind("AWS::Logs::LogGroup")
        other = {each.name: days for each in groups if (days := self._retention(each.id)) != wanted}
        if not other:
            yield ok(f"kept for {counted(wanted, 'day')}")
            return
        kept = named([f"{name} {f'{days} days' if days else 'for ever'}" for name, days in other.items()])
        meaning = f"The parameter LogRetentionDays says {wanted}: somebody has changed it by hand."
        yield warn(f"kept otherwise: {kept}", meaning, "make deploy ENV=prod")

    def _retention(self, name: str) -> int | None:
        found = self.view.ask("logs", "describe_log_groups", logGroupNamePrefix=name)["logGroups"]
        days: int | None = next(each for each in found if each["logGroupName"] == name).get("retentionInDays")
        return days
