"""Images: held for before they are made, and charged by the piece or by their tokens, exactly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import model, price_version
from tests.support.gateway_world import Lane, error_of
from tollgate.catalog.catalog import ModelType
from tollgate.ledger.scopes import Enforcement
from tollgate.pricing.usage import TokenClass

PATH = "/v1/images/generations"
BY_PIECE = {
    "image_1024x1024": Decimal("0.04"),
    "image_1024x1024_hd": Decimal("0.08"),
    "image_1792x1024_hd": Decimal("0.12"),
}


@pytest.fixture(scope="module")
def painters(lanes):
    """A model that is paid by the image, and one that is paid by the token."""
    by_piece = price_version({}, tool_prices=BY_PIECE)
    painted = model("painter", type=ModelType.IMAGE)
    lanes.catalog.add_model(replace(painted, prices=(by_piece,)))
    by_token = price_version({TokenClass.INPUT: "5", TokenClass.OUTPUT: "40"})
    tokens = model("gpt-image", type=ModelType.IMAGE, remote_id="gpt-image-1")
    lanes.catalog.add_model(replace(tokens, prices=(by_token,)))
    return lanes


@pytest.fixture
def lane(painters):
    return Lane(painters)


def paint(lane: Any, **body: Any) -> Any:
    return lane.call({"model": "painter", "prompt": "a lighthouse", **body}, path=PATH)


@pytest.mark.parametrize(
    ("asked", "cost"),
    [
        ({"size": "1024x1024", "quality": "standard"}, "0.04"),
        ({"size": "1024x1024", "quality": "hd", "n": 3}, "0.24"),
        ({"size": "1024x1024"}, "0.04"),  # the price that doesn't name a quality
        ({"size": "1024x1024", "quality": "auto"}, "0.08"),  # which may be the dearest
        ({"size": "1792x1024", "quality": "hd"}, "0.12"),
        ({}, "0.12"),
    ],
)
def test_images_are_charged_by_the_piece(lane, asked, cost):
    answer = paint(lane, **asked)
    assert answer.status == 200
    record = lane.assert_settled(cost, kind="image")
    assert answer.headers["x-tollgate-cost-usd"] == f"{record['calculated_cost']:f}"


def test_a_size_without_a_price_is_refused(lane):
    answer = paint(lane, size="256x256")
    error = error_of(answer)
    assert (answer.status, error["code"], error["param"]) == (400, "tool_not_priced", "size")
    assert "no price for the image `image_256x256`" in error["message"]
    assert lane.records == []


@pytest.mark.parametrize("streams", [False, True])
def test_images_are_charged_by_the_tokens_that_are_reported(lane, streams):
    body = {"model": "gpt-image", "size": "1024x1024", "quality": "low", "stream": streams}
    if streams:
        body["partial_images"] = 2
    answer = paint(lane, **body)
    assert answer.status == 200
    lane.assert_settled(str((2 * Decimal(5) + 272 * Decimal(40)) / 1_000_000))


@pytest.mark.parametrize("body", [{"n": "2"}, {"size": 5}, {"quality": ["hd"]}])
def test_what_cannot_be_priced_is_refused(lane, body):
    answer = paint(lane, **{"size": "1024x1024", **body})
    assert answer.status == 400
    assert lane.records == []


def test_a_chat_model_paints_nothing(lane):
    answer = paint(lane, model="small")
    assert error_of(answer)["code"] == "model_wrong_type"
    chatted = lane.chat(model="painter")
    assert "POST /v1/images/generations" in error_of(chatted)["message"]


def test_images_that_are_refused_cost_nothing(lane):
    answer = paint(lane, size="1024x1024", mock={"status": 400})
    assert answer.status == 400
    lane.assert_settled("0")


def test_no_budget_is_passed_however_many_are_painted_at_once(painters):
    lane = Lane(painters, budget_limit=Decimal("0.30"), enforcement=Enforcement.HARD)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: paint(lane, size="1024x1024", quality="hd"), range(8)))
    served = [answer for answer in answers if answer.status == 200]
    assert 1 <= len(served) <= 3
    assert lane.scope.budget_used == len(served) * Decimal("0.08")
    assert lane.scope.holds == {}
