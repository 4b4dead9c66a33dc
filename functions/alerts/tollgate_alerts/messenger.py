"""Notices, sent through SES and SNS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from tollgate.alerts import Delivery, Notice


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
