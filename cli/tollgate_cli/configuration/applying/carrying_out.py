"""Carrying a plan out: one request after the other, until all are made or one is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tollgate_cli.configuration.applying.account import Account, Entry, Outcome
from tollgate_cli.configuration.applying.key_file import KeyFile, KeyFileError
from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.planning.key_steps import Operation
from tollgate_cli.configuration.planning.plan import Change
from tollgate_cli.configuration.secret_sources import MissingSecretError
from tollgate_client import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate_cli.configuration.applying.requests import Requests
    from tollgate_cli.configuration.applying.steps import Step
    from tollgate_cli.configuration.secret_sources import SecretSources

Progress = Callable[[Change], None]


class NotKeptError(Exception):
    """A key has a new secret that isn't where it should be: the key needs another one."""


@dataclass
class CarryingOut:
    """`progress` is told of each change before its first request."""

    requests: Requests
    sources: SecretSources
    key_file: KeyFile | None
    account: Account
    progress: Progress
    _left: dict[int, int] = field(default_factory=dict)
    _told: set[int] = field(default_factory=set)
    _at: Step | None = None

    def run(self, steps: Sequence[Step]) -> Account:
        """Stops at the first request that isn't made; the account says what stopped it."""
        for step in steps:
            self._left[id(step.change)] = self._left.get(id(step.change), 0) + 1
        try:
            for step in steps:
                self._make(step)
        # Whatever it is: what was done by then has to be told.
        except (Exception, KeyboardInterrupt) as error:
            self.account.error = error
            if self._at is not None:
                self._entry(self._at).stopped = True
        return self.account

    def _make(self, step: Step) -> None:
        self._at = step
        entry = self._entry(step)
        if id(step.change) not in self._told:
            self._told.add(id(step.change))
            self.progress(step.change)
        # Whatever ends this in its midst, the request may have been made.
        before, entry.outcome = entry.outcome, Outcome.UNKNOWN
        was_lowered = dict(entry.lowered)
        entry.lowered |= {name: step.fields[name] for name in step.for_a_time}
        try:
            self._send(step, entry)
        except ApiError as error:
            if error.status < 500:
                entry.lowered = was_lowered
                entry.outcome = Outcome.FAILED if before is Outcome.NOT_TRIED else Outcome.PARTLY_DONE
            raise
        except (MissingSecretError, KeyFileError):
            entry.outcome = Outcome.FAILED if before is Outcome.NOT_TRIED else Outcome.PARTLY_DONE
            raise
        except NotKeptError:
            entry.outcome = Outcome.PARTLY_DONE
            raise
        if step.operation is Operation.EDIT:
            raised = step.fields.keys() - step.for_a_time
            entry.lowered = {name: value for name, value in entry.lowered.items() if name not in raised}
        self._left[id(step.change)] -= 1
        entry.outcome = Outcome.PARTLY_DONE if self._left[id(step.change)] else Outcome.DONE

    def _send(self, step: Step, entry: Entry) -> None:
        match step.operation:
            case Operation.CREATE:
                self._create(step, entry)
            case Operation.EDIT:
                self.requests.edit(step)
            case Operation.MOVE:
                self.requests.move(step)
            case Operation.ISSUE:
                self._keep(step, self.requests.issue(step), entry)
            case Operation.DELETE:
                self.requests.delete(step)
            case Operation.REVOKE:
                self.requests.revoke(step)

    def _create(self, step: Step, entry: Entry) -> None:
        is_key = step.change.kind is Kind.KEY
        if is_key and self.key_file is not None:
            self.key_file.begin(step.change.name)
        answer = self.requests.create(step)
        if is_key:
            self._keep(step, answer, entry)

    def _keep(self, step: Step, answer: dict[str, Any], entry: Entry) -> None:
        """Puts a key's secret where it is wanted, before anything else is done."""
        name, secret = step.change.name, answer["key"]
        if secret is None:
            entry.remark = "was created at the same time by somebody else, who has its secret"
            return
        reference = step.fields.get("secret")
        self.account.lost_secrets.append(name)
        try:
            if self.key_file is not None:
                self.key_file.add(name, answer["id"], secret)
            if reference is not None:
                self.sources.store(reference["ssm"], secret)
        except (MissingSecretError, KeyFileError) as error:
            raise NotKeptError(f"The secret of the {step.change.title} was not kept: {error}") from None
        if self.key_file is not None or reference is not None:
            self.account.lost_secrets.remove(name)

    def _entry(self, step: Step) -> Entry:
        return self.account.entry(step.change)
