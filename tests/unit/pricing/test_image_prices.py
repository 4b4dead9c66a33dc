"""Which price an image has, by its size and quality."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tollgate.pricing.image_prices import ImageKind, is_of_image, price_name

PRICES = {
    "image": Decimal(1),
    "image_hd": Decimal(3),
    "image_1024x1024": Decimal(2),
    "image_1024x1024_hd": Decimal(4),
    "image_generation": Decimal(9),
    "web_search": Decimal(9),
}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ImageKind(), "image"),
        (ImageKind("512x512"), "image"),
        (ImageKind("512x512", "hd"), "image_hd"),
        (ImageKind("1024x1024"), "image_1024x1024"),
        (ImageKind("1024x1024", "standard"), "image_1024x1024"),
        (ImageKind("1024x1024", "HD"), "image_1024x1024_hd"),
        (ImageKind("1024x1024", "auto"), "image_1024x1024_hd"),
        (ImageKind("auto", "auto"), "image_1024x1024_hd"),
        (ImageKind("auto", "standard"), "image_1024x1024"),
    ],
)
def test_the_price_that_says_most_of_an_image_is_its_price(kind, name):
    assert price_name(kind, PRICES) == name


def test_what_is_left_open_costs_what_the_dearest_does_where_no_price_is_the_usual_one():
    prices = {"image_1024x1024_hd": Decimal(4), "image_512x512": Decimal(1)}
    assert price_name(ImageKind(), prices) == "image_1024x1024_hd"
    assert price_name(ImageKind("512x512", "hd"), prices) == "image_512x512"
    assert price_name(ImageKind("256x256"), prices) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("image", True),
        ("image_1024x1024", True),
        ("image_hd", True),
        ("image_generation", False),
        ("images", False),
        ("image_1024x1024_very_high", False),
        ("web_search", False),
    ],
)
def test_images_prices_are_told_from_tools(name, expected):
    assert is_of_image(name) is expected
