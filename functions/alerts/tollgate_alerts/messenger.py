"""Notices, sent through SES and SNS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.lean_dataclass import dataclass
from tollgate_alerts.message import mail, topic

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from tollgate.alerts.alerts import Delivery, Notice


class NoSenderError(Exception):
    """Mails can't be sent: the deployment has no address to send them from."""


@dataclass(frozen=True, slots=True)
class AwsMessenger:
    """Each message bears its alert's id: should one be sent twice, a reader can tell."""

    ses: Any  # an SESv2 client
    sns: SNSClient
    sender_email: str
    topic_arn: str

    def send(self, notice: Notice, delivery: Delivery) -> None:
        """Raises what SES or SNS raises, and `NoSenderError`."""
        if delivery.address is None:
            self._publish(notice)
        else:
            self._mail(notice, delivery.address)

    def _publish(self, notice: Notice) -> None:
        written = topic.topic_message(notice)
        self.sns.publish(
            TopicArn=self.topic_arn,
            Subject=written.subject,
            Message=written.message,
            MessageAttributes=written.attributes,  # type: ignore[arg-type]  # as its documentation has them
        )

    def _mail(self, notice: Notice, address: str) -> None:
        if not self.sender_email:
            message = "The deployment has no sender address. Set its parameter SenderEmail."
            raise NoSenderError(message)
        written = mail.mail(notice)
        self.ses.send_email(
            FromEmailAddress=self.sender_email,
            Destination={"ToAddresses": [address]},
            Content={
                "Simple": {
                    "Subject": _content(written.subject),
                    "Body": {"Text": _content(written.text), "Html": _content(written.html)},
                    "Headers": [{"Name": "X-Tollgate-Alert-Id", "Value": notice.alert.id}],
                }
            },
        )


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
