"""A provider's wish to be left alone is understood however it is written."""

from __future__ import annotations

import pytest

from tollgate_proxy.upstream import retry_pauses

# Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
NOW = 784_111_777.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Sun, 06 Nov 1994 08:50:37 GMT"}, 60),
        ({"retry-after": "Sunday, 06-Nov-94 08:50:37 GMT"}, 60),
        ({"retry-after": "Sun Nov  6 08:50:37 1994"}, 60),
        ({"retry-after": "Sun, 06 Nov 1994 09:50:37 +0100"}, 60),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
        ({"retry-after-ms": "0", "retry-after": "7"}, 7),
    ],
)
def test_as_a_number_of_seconds_or_milliseconds_or_as_a_date(headers, seconds):
    assert retry_pauses.retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "nan",
        "soon",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sat, 05 Nov 1994 08:49:37 GMT",
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 99999999 08:49:37 GMT",
        "Wed, 21 Oct",
    ],
)
def test_what_lies_behind_or_makes_no_sense_is_no_pause(text):
    assert retry_pauses.retry_after({"retry-after": text, "retry-after-ms": text}, NOW) is None
