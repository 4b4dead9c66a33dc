"""Whether alerts can leave AWS: SES's sandbox and sender, and who is subscribed to the admins' topic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tollgate_cli.operations.doctor.check_results import Check, fail, named, ok, warn
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import CommandError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.doctor.check_results import Result
    from tollgate_cli.operations.doctor.stack.stack_view import StackView

# SNS has this for an ARN until a subscriber has followed the link in its mail.
_PENDING = "PendingConfirmation"
_ALMOST = 0.8


@dataclass
class MailChecks:
    view: StackView

    def all(self) -> list[Check]:
        return [
            Check("mail", "sender", self.sender),
            Check("mail", "sandbox", self.sandbox),
            Check("mail", "topic", self.topic),
        ]

    def sender(self) -> Iterator[Result]:
        address = self._sender
        if not address:
            meaning = "Owners of keys get no mails; admins get messages at the topic only."
            yield warn("the stack has none (parameter SenderEmail)", meaning, "make deploy ENV=prod")
            return
        domain = address.rpartition("@")[2]
        verified = [self._is_verified(identity) for identity in (address, domain)]
        if any(verified):
            yield ok(f"SES has verified {address if verified[0] else domain}")
        elif verified == [None, None]:
            command = f"aws sesv2 create-email-identity --email-identity {address}"
            yield fail(f"SES doesn't know {address}", "SES refuses every mail.", command)
        else:
            meaning = (
                "SES refuses every mail. Whoever reads that mailbox has to follow the link in SES's mail."
            )
            command = f"aws ses verify-email-identity --email-address {address}"
            yield fail(f"{address} is not verified yet", meaning, command)

    def sandbox(self) -> Iterator[Result]:
        if not self._sender:
            yield ok("no mails are sent (parameter SenderEmail)")
            return
        account = self.view.ask("sesv2", "get_account")
        if not account["SendingEnabled"]:
            meaning = "AWS has stopped the account's mails, for bounces or complaints."
            yield fail("the account may not send", meaning, "aws sesv2 get-account")
        quota = account.get("SendQuota", {})
        most, sent = quota.get("Max24HourSend", -1), quota.get("SentLast24Hours", 0)
        if not account["ProductionAccessEnabled"]:
            yield fail(
                "SES is in its sandbox in this region",
                f"Mails reach verified addresses only, {most:.0f} a day.",
                "aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL "
                "--website-url URL",
            )
        elif 0 < most * _ALMOST <= sent:
            meaning = "Further mails are refused, and tried again later."
            yield warn(f"{sent:.0f} of {most:.0f} mails of 24 hours are sent", meaning)
        elif account["SendingEnabled"]:
            yield ok("the account is out of SES's sandbox")

    def topic(self) -> Iterator[Result]:
        arn = self.view.description.said("AdminTopicArn")
        pending = [each["Endpoint"] for each in self._subscriptions if each["SubscriptionArn"] == _PENDING]
        if pending:
            meaning = "They get nothing until they follow the link in SNS's mail."
            command = (
                f"aws sns subscribe --topic-arn {arn} --protocol email --notification-endpoint {pending[0]}"
            )
            yield warn(
                f"{counted(len(pending), 'subscription')} not confirmed: {named(pending)}", meaning, command
            )
        if confirmed := len(self._subscriptions) - len(pending):
            yield ok(f"{counted(confirmed, 'subscriber')} to the admins' topic")
        elif not pending:
            meaning = "Nobody hears alarms, and alerts to admins."
            command = f"aws sns subscribe --topic-arn {arn} --protocol email --notification-endpoint ADDRESS"
            yield fail("nobody is subscribed to the admins' topic", meaning, command)

    def topic_is_heard(self) -> bool | None:
        """None if AWS doesn't say."""
        try:
            return any(each["SubscriptionArn"] != _PENDING for each in self._subscriptions)
        except CommandError:
            return None

    @cached_property
    def _subscriptions(self) -> list[dict[str, str]]:
        arn = self.view.description.said("AdminTopicArn")
        answers = self.view.pages(
            "sns", "list_subscriptions_by_topic", ("NextToken", "NextToken"), TopicArn=arn
        )
        return [each for answer in answers for each in answer["Subscriptions"]]

    @property
    def _sender(self) -> str:
        return self.view.description.said("SenderEmail")

    def _is_verified(self, identity: str) -> bool | None:
        """None if SES doesn't know it."""
        try:
            answer = self.view.ask("sesv2", "get_email_identity", EmailIdentity=identity)
        except CommandError as error:
            if error.exit_code is ExitCode.NOT_FOUND:
                return None
            raise
        verified: bool = answer["VerifiedForSendingStatus"]
        return verified
