"""Whether calls have room: Lambda's concurrency, API Gateway's throttles, and how far streams are behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tollgate_cli.operations.doctor.check_results import Check, fail, named, ok, warn
from tollgate_cli.output.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.doctor.check_results import Result
    from tollgate_cli.operations.doctor.stack.stack_view import StackView

# A new account has 10; with fewer than this, a few long calls take all.
_FEW = 100
_QUOTA = "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384"
_READERS = ("RollupFunction", "AlertsFunction", "TelemetryFunction")
_LOOK_BACK = timedelta(minutes=30)
_LATE = timedelta(minutes=5)
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class LoadChecks:
    view: StackView

    def all(self) -> list[Check]:
        return [
            Check("load", "concurrency", self.concurrency),
            Check("load", "reserved concurrency", self.reserved),
            Check("load", "throttles", self.throttles),
            Check("load", "stream readers", self.readers),
            Check("load", "stream age", self.stream_age),
        ]

    def concurrency(self) -> Iterator[Result]:
        limits = self.view.ask("lambda", "get_account_settings")["AccountLimit"]
        most, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
        found = f"the account may run {most} functions at once, {free} of them unreserved"
        if most < _FEW:
            meaning = "A call takes one for as long as it lasts; beyond that clients get a 503."
            yield warn(found, meaning, f"{_QUOTA} --desired-value 1000")
        else:
            yield ok(found)

    def reserved(self) -> Iterator[Result]:
        found = {
            each.name: concurrency
            for each in self.view.of_kind("AWS::Lambda::Function")
            if (concurrency := self._reserved(each.id)) is not None
        }
        stopped = [name for name, concurrency in found.items() if concurrency == 0]
        if stopped:
            function = self.view.resources[stopped[0]].id
            yield fail(
                f"0 for {named(stopped)}",
                "It runs nothing: every call of it is refused.",
                f"aws lambda delete-function-concurrency --function-name {function}",
            )
        elif found:
            yield ok(named([f"{name} {concurrency}" for name, concurrency in found.items()], len(found)))
        else:
            yield ok("none: functions share the account's")

    def throttles(self) -> Iterator[Result]:
        said = self.view.description.said
        account = self.view.ask("apigateway", "get_account").get("throttleSettings", {})
        yield ok(
            f"the account: {account.get('rateLimit', 0):.0f} requests a second, "
            f"{account.get('burstLimit', 0)} at once"
        )
        stage = self.view.ask("apigateway", "get_stage", restApiId=said("ApiId"), stageName=said("Stage"))
        settings = stage.get("methodSettings", {})
        calls = [limits for method, limits in settings.items() if method.endswith("/POST")]
        yield from self._limits("calls", calls, "CallThrottle")
        yield from self._limits("each other route", [settings.get("*/*", {})], "Throttle")

    def _limits(self, routes: str, found: list[dict[str, Any]], parameters: str) -> Iterator[Result]:
        """Compares each method's settings with parameters, of which 0 stands for the one of all routes."""
        said = self.view.description.said
        for unit, field, kind in (
            ("requests a second", "throttlingRateLimit", "Rate"),
            ("at once", "throttlingBurstLimit", "Burst"),
        ):
            parameter = f"{parameters}{kind}" if float(said(f"{parameters}{kind}")) else f"Throttle{kind}"
            wanted = float(said(parameter))
            others = (
                [limits.get(field) for limits in found if limits.get(field) != wanted] if found else [None]
            )
            if wanted and others:
                is_now = f"{others[0]:.0f} {unit}" if others[0] is not None else f"no limit of {unit}"
                meaning = f"The parameter {parameter} says {wanted:.0f}: somebody has changed it by hand."
                yield warn(f"{routes}: {is_now}", meaning, "make deploy ENV=prod")
            elif wanted:
                yield ok(f"{routes}: {wanted:.0f} {unit}")

    def readers(self) -> Iterator[Result]:
        mappings = self.view.of_kind("AWS::Lambda::EventSourceMapping")
        sound = True
        for each in mappings:
            answer = self.view.ask("lambda", "get_event_source_mapping", UUID=each.id)
            state, result = answer["State"], answer.get("LastProcessingResult", "")
            meaning = "Sums, alerts or traces fall behind; after a day records are lost to them."
            if state not in {"Enabled", "Enabling", "Updating", "Creating"}:
                sound = False
                command = f"aws lambda update-event-source-mapping --uuid {each.id} --enabled"
                yield fail(f"{each.name} is {state}", meaning, command)
            elif result.startswith("PROBLEM"):
                sound = False
                yield warn(f"{each.name}: {result}", meaning)
        if sound:
            yield ok(f"{counted(len(mappings), 'stream')} read")

    def stream_age(self) -> Iterator[Result]:
        """The oldest record that was read lately, as Lambda's metric has it; none where nothing was read."""
        found = (name for name in _READERS if name in self.view.resources)
        queries = [_iterator_age(name, self.view.resources[name].id) for name in found]
        now = datetime.now(UTC)
        answer = self.view.ask(
            "cloudwatch",
            "get_metric_data",
            MetricDataQueries=queries,
            StartTime=now - _LOOK_BACK,
            EndTime=now,
        )
        ages = {
            each["Id"]: timedelta(milliseconds=max(each["Values"]))
            for each in answer["MetricDataResults"]
            if each["Values"]
        }
        late = {name: ages[name.lower()] for name in _READERS if ages.get(name.lower(), timedelta()) > _LATE}
        for name, age in late.items():
            meaning = "Cost queries and alerts lag by as much. After a day records are lost to them."
            yield warn(f"{name} is {age.total_seconds() / _MINUTE:.0f} minutes behind", meaning)
        if not late:
            yield ok(f"less than {_LATE.total_seconds() / _MINUTE:.0f} minutes")

    def _reserved(self, function: str) -> int | None:
        answer = self.view.ask("lambda", "get_function_concurrency", FunctionName=function)
        concurrency: int | None = answer.get("ReservedConcurrentExecutions")
        return concurrency


def _iterator_age(name: str, function: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": "IteratorAge",
        "Dimensions": [{"Name": "FunctionName", "Value": function}],
    }
    statistic = {"Metric": metric, "Period": _MINUTE, "Stat": "Maximum"}
    return {"Id": name.lower(), "MetricStat": statistic}
