"""Whether a mail can be read, by light and by dark."""

from __future__ import annotations

import pytest

from tollgate_alerts.message.colours import DARK, LIGHT


def luminance(colour: str) -> float:
    """WCAG 2, relative luminance."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_reckoned_as_wcag_does():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_shapes_have_the_contrast_of_wcag_aa(palette):
    assert {pair for pair in palette.text_pairs() if contrast(*pair) < 4.5} == set()
    assert {pair for pair in palette.shape_pairs() if contrast(*pair) < 3} == set()
