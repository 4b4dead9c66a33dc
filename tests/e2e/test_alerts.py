"""Alerts on the deployed template: real calls, and what arrives by mail and at the topic."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.stack import Stack

MODEL = "a-cent-a-token"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as client:
        (mock,) = [
            each for each in client.get("/providers?search=mock").json()["data"] if each["name"] == "mock"
        ]
        model = {"systemName": MODEL, "providerId": mock["id"], "modelType": "chat"}
        client.post("/models", json={**model, "inputPrice": "0", "outputPrice": "10000"}).raise_for_status()
        yield client


@pytest.fixture(scope="module")
def topic(stack: Stack) -> Callable[[str], list[dict[str, Any]]]:
    """What admins were told of a key, as a queue that is subscribed to their topic gets it."""
    options: dict[str, Any] = {"endpoint_url": stack.aws_endpoint_url, "region_name": stack.region}
    sqs, sns = boto3.client("sqs", **options), boto3.client("sns", **options)
    url = sqs.create_queue(QueueName="admins")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=stack.outputs["AdminTopicArn"], Protocol="sqs", Endpoint=arn)
    received: list[dict[str, Any]] = []

    def told(key_id: str) -> list[dict[str, Any]]:
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                received.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [each for each in received if each["MessageAttributes"]["key_id"]["Value"] == key_id]

    return told


class Key:
    """A key whose spending is known to the cent, and the mail that its owner has got."""

    def __init__(self, stack: Stack, admin: httpx.Client, owner: str, **settings: Any) -> None:
        self.stack, self.admin, self.owner = stack, admin, owner
        body = {"name": f"key of {owner}", "ownerEmail": owner, "budgetLimit": "10", **settings}
        created = admin.post("/apiKey", json=body)
        assert created.status_code == 201, created.text
        self.id, self.secret = created.json()["id"], created.json()["key"]

    def spend(self, cents: int) -> int:
        body = {
            "model": MODEL,
            "messages": [{"role": "user", "content": "Hello"}],
            "mock": {"completion_tokens": cents},
        }
        answer = httpx.post(
            f"{self.stack.base_url}/chat/completions",
            json=body,
            headers={"authorization": f"Bearer {self.secret}"},
            timeout=60,
        )
        return answer.status_code

    @property
    def mails(self) -> list[str]:
        """Subjects, in the order in which they were sent."""
        by_account = httpx.get(self.stack.mail_url, timeout=60).json()["messages"]
        sent = [each for account in by_account.values() for each in account if self.owner in each["To"]]
        return [each["Subject"] for each in sorted(sent, key=lambda each: each["Timestamp"])]

    def await_mails(self, count: int) -> list[str]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.mails) < count and time.monotonic() < deadline:
            time.sleep(0.2)
        return self.mails

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return self.admin.get("/alerts", params={"keyId": self.id}).json()["data"]


def test_calls_through_all_thresholds_bring_exactly_four_alerts(stack, admin, topic):
    key = Key(stack, admin, "four@example.com")
    for count, cents in enumerate((800, 100, 50, 50), start=1):
        assert key.spend(cents) == 200
        assert len(key.await_mails(count)) == count
    assert key.spend(1) == 429

    percents = [next(each for each in (80, 90, 95, 100) if f"{each} %" in mail) for mail in key.mails]
    assert percents == [80, 90, 95, 100]
    told = topic(key.id)
    assert [each["MessageAttributes"]["threshold"]["Value"] for each in told] == ["95", "100"]
    assert [each["percent"] for each in key.alerts] == [100, 95, 90, 80]
    deliveries = [delivery for each in key.alerts for delivery in each["deliveries"]]
    assert {delivery["state"] for delivery in deliveries} == {"sent"}
    assert len(deliveries) == 6


def test_a_jump_is_one_mail_and_a_raise_re_arms(stack, admin):
    key = Key(stack, admin, "jump@example.com", alertDebounceSeconds=0)
    assert key.spend(970) == 200
    assert len(key.await_mails(1)) == 1
    (alert,) = key.alerts
    assert (alert["percent"], alert["alsoPassed"]) == (95, [80, 90])

    admin.put(f"/apiKey/{key.id}/budget", json={"budgetLimit": "20"}).raise_for_status()
    assert key.spend(700) == 200
    assert len(key.await_mails(2)) == 2
    assert [each["percent"] for each in key.alerts] == [80, 95]


def test_a_mail_is_there_to_be_looked_at(stack, admin):
    key = Key(stack, admin, "look@example.com")
    key.spend(850)
    (subject,) = key.await_mails(1)
    listed = httpx.get(stack.mail_page_url, timeout=60)
    assert listed.status_code == 200
    assert subject in listed.text
    assert key.secret not in listed.text
