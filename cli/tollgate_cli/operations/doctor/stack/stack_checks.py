"""All that is asked of AWS about a stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate_cli.operations.doctor.stack.load_checks import LoadChecks
from tollgate_cli.operations.doctor.stack.mail_checks import MailChecks
from tollgate_cli.operations.doctor.stack.state_checks import StateChecks
from tollgate_cli.operations.doctor.stack.table_checks import TableChecks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate_cli.operations.doctor.check_results import Check
    from tollgate_cli.operations.doctor.stack.stack_view import StackView


@dataclass(frozen=True, slots=True)
class StackChecks:
    """`topic_is_heard`: whether anybody is subscribed to the admins' topic; None if AWS doesn't say."""

    checks: list[Check]
    topic_is_heard: Callable[[], bool | None]


def of(view: StackView) -> StackChecks:
    mail = MailChecks(view)
    checks = [
        *StateChecks(view).all(),
        *LoadChecks(view).all(),
        *mail.all(),
        *TableChecks(view).all(),
    ]
    return StackChecks(checks, mail.topic_is_heard)
